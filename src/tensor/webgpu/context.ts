import { SalientError } from '../../error.ts';
import type { DeviceLoss } from '../device.ts';
import { environmentVariable } from '../runtime.ts';
import { COMPUTE_STAGE, USAGE } from './constants.ts';
import type { Shader } from './shader.ts';
import type { GpuLimits } from './step.ts';

/** Milliseconds within which a loss is told after the first error that it causes. */
const LOSS_SHOWS_WITHIN = 50;

/**
 * A GPU device with what all programs on it share: pipelines by their text, and word of its failures. Failures that
 * the GPU reports late (loss, uncaptured errors) are thrown by the next call that waits for it.
 */
export class GpuContext {
  readonly device: GPUDevice;
  /** What plans may use: the device's limits, or less. */
  readonly limits: GpuLimits;
  /** 0–3, from SALIENT_DEBUG: 1 adapter and plans, 2 dispatches, 3 WGSL. */
  readonly debug = debugLevel(environmentVariable('SALIENT_DEBUG'));
  /** Not by {@link close}. */
  readonly lost: Promise<DeviceLoss>;
  readonly #pipelines = new Map<string, Promise<GPUComputePipeline>>();
  readonly #layouts = new Map<string, GPUBindGroupLayout>();
  /** Of the calls that wait for the GPU: told when it is lost or closed. */
  readonly #waiting = new Set<(reason: SalientError) => void>();
  /** Why nothing can be done any more: the GPU is lost or closed. */
  #end: SalientError | undefined;
  /** What the GPU reported and no call has thrown yet. */
  #failure: SalientError | undefined;

  constructor(device: GPUDevice, software: boolean, caps: Partial<GpuLimits> = {}) {
    this.device = device;
    const least = (name: Exclude<keyof GpuLimits, 'software'>) =>
      Math.min(device.limits[name], caps[name] ?? Number.POSITIVE_INFINITY);
    this.limits = {
      maxStorageBufferBindingSize: least('maxStorageBufferBindingSize'),
      maxBufferSize: least('maxBufferSize'),
      maxComputeWorkgroupStorageSize: least('maxComputeWorkgroupStorageSize'),
      maxComputeInvocationsPerWorkgroup: least('maxComputeInvocationsPerWorkgroup'),
      maxComputeWorkgroupsPerDimension: least('maxComputeWorkgroupsPerDimension'),
      software: caps.software ?? software,
    };
    this.lost = new Promise((resolve) => {
      void device.lost.then(({ reason, message }) => {
        if (this.#end !== undefined) return;
        const text = `the GPU device was lost (${reason}): ${message || 'no reason given'}; open a new device`;
        this.#finish(new SalientError('device-lost', text));
        resolve({ reason, message });
      });
    });
    device.addEventListener('uncapturederror', this.#onError);
  }

  readonly #onError = (event: Event): void => {
    const { error } = event as GPUUncapturedErrorEvent;
    this.#failure ??= new SalientError('device-error', `the GPU reported an error: ${error.message}`);
  };

  #finish(reason: SalientError): void {
    this.#end ??= reason;
    for (const reject of this.#waiting) reject(this.#end);
  }

  get isLost(): boolean {
    return this.#end?.code === 'device-lost';
  }

  /** What a call failed for: the loss of the GPU where it shows first as another error, such as of a compilation. */
  async causeOf(error: unknown): Promise<unknown> {
    const isOurs = error instanceof SalientError && error.code !== 'device-error' && error.code !== 'out-of-memory';
    const isAbort = error instanceof Error && error.name === 'AbortError';
    if (this.#end !== undefined || isOurs || isAbort) return this.isLost && !isAbort ? this.#end : error;
    const soon = new Promise((resolve) => setTimeout(resolve, LOSS_SHOWS_WITHIN));
    await Promise.race([this.lost, soon]);
    return this.#end ?? error;
  }

  /** Waits for the GPU; throws what it reported meanwhile. */
  async wait<T>(result: Promise<T>): Promise<T> {
    result.catch(() => undefined); // where the device is lost, nobody may be listening any more
    if (this.#end) throw this.#end;
    const { promise: end, reject } = withReject();
    this.#waiting.add(reject);
    try {
      const value = await Promise.race([result, end]);
      this.check();
      return value;
    } finally {
      this.#waiting.delete(reject);
    }
  }

  /** Throws what the GPU reported since the last call; a lost or closed device stays so. */
  check(): void {
    const failure = this.#end ?? this.#failure;
    this.#failure = undefined;
    if (failure) throw failure;
  }

  /** Bytes of a buffer for storage of at least `bytes`; throws where no buffer may be so large. */
  storageSize(label: string, bytes: number): number {
    const size = Math.max(16, Math.ceil(bytes / 16) * 16);
    this.requireSize(`"${label}"`, size, Math.min(this.limits.maxBufferSize, this.limits.maxStorageBufferBindingSize));
    return size;
  }

  requireSize(what: string, size: number, limit: number): void {
    if (size <= limit) return;
    throw new SalientError(
      'out-of-memory',
      `${what} needs ${size} bytes on the GPU, but one buffer may have ${limit}; use a smaller batch or another device`,
    );
  }

  /** A buffer for storage of at least `bytes`. Call inside {@link allocating}. */
  storage(label: string, bytes: number): GPUBuffer {
    return this.device.createBuffer({
      label,
      size: this.storageSize(label, bytes),
      usage: USAGE.storage | USAGE.copySource | USAGE.copyDestination,
    });
  }

  /** Runs allocations so that the GPU's lack of memory is an error that names what was wanted. */
  async allocating<T>(what: string, allocate: () => T): Promise<T> {
    this.check();
    this.device.pushErrorScope('out-of-memory');
    const result = (async () => allocate())(); // runs at once; what it throws waits until the scope is closed
    result.catch(() => undefined);
    const error = await this.wait(this.device.popErrorScope());
    if (error) {
      throw new SalientError(
        'out-of-memory',
        `the GPU has no memory for ${what}: ${error.message}; use a smaller batch`,
      );
    }
    return await result;
  }

  layout(shader: Shader): GPUBindGroupLayout {
    const key = shader.bindings.map(({ access }) => access).join();
    const known = this.#layouts.get(key);
    if (known) return known;
    const layout = this.device.createBindGroupLayout({
      entries: shader.bindings.map(({ access }, binding) => ({
        binding,
        visibility: COMPUTE_STAGE,
        buffer: { type: access === 'read' ? 'read-only-storage' : 'storage' },
      })),
    });
    this.#layouts.set(key, layout);
    return layout;
  }

  /** The pipeline of a shader; equal texts share one. */
  pipeline(shader: Shader): Promise<GPUComputePipeline> {
    const known = this.#pipelines.get(shader.code);
    if (known) return known;
    const pipeline = this.#compile(shader);
    this.#pipelines.set(shader.code, pipeline);
    pipeline.catch(() => this.#pipelines.delete(shader.code)); // what failed may be tried again
    return pipeline;
  }

  async #compile(shader: Shader): Promise<GPUComputePipeline> {
    if (this.debug >= 3) console.error(`--- ${shader.name}.wgsl\n${shader.code}`);
    const { device } = this;
    device.pushErrorScope('validation');
    const module = device.createShaderModule({ label: shader.name, code: shader.code });
    const scope = device.popErrorScope();
    const layout = device.createPipelineLayout({ bindGroupLayouts: [this.layout(shader)] });
    try {
      if (await scope) throw new Error('the shader is not valid');
      return await device.createComputePipelineAsync({
        label: shader.name,
        layout,
        compute: { module, entryPoint: 'main' },
      });
    } catch (cause) {
      throw new Error(await compileMessage(shader, module, cause), { cause });
    }
  }

  /** Ends what waits, stops listening; the device itself belongs to whoever opened it. */
  close(): void {
    this.#finish(new SalientError('closed', 'the device is closed; open another one'));
    this.device.removeEventListener('uncapturederror', this.#onError);
    this.#pipelines.clear();
  }
}

function withReject(): { readonly promise: Promise<never>; readonly reject: (reason: SalientError) => void } {
  let reject: (reason: SalientError) => void = () => undefined;
  const promise = new Promise<never>((_, own) => {
    reject = own;
  });
  return { promise, reject };
}

/** The compiler's messages with the lines they are about. */
async function compileMessage(shader: Shader, module: GPUShaderModule, cause: unknown): Promise<string> {
  const lines = shader.code.split('\n');
  const { messages } = await module.getCompilationInfo();
  const errors = messages
    .filter(({ type }) => type === 'error')
    .map(({ lineNum, linePos, message }) => `line ${lineNum}:${linePos}: ${message}\n  ${lines[lineNum - 1]?.trim()}`);
  if (errors.length === 0) errors.push(cause instanceof Error ? cause.message : String(cause));
  return `shader ${shader.name}.wgsl does not compile:\n${errors.join('\n')}`;
}

function debugLevel(text: string | undefined): number {
  const level = Number(text ?? 0);
  if (Number.isInteger(level) && level >= 0 && level <= 3) return level;
  throw new SalientError('bad-argument', `SALIENT_DEBUG is "${text}"; expected 1, 2 or 3`);
}
