import { SalientError } from '../../error.ts';
import type { AdapterNames, Device, DeviceLoss, Executable, RunOptions } from '../device.ts';
import type { Program } from '../program.ts';
import { GpuContext } from './context.ts';
import { WebGpuExecutable } from './executable.ts';
import { findGpu } from './find.ts';
import { REMEDY } from './remedy.ts';
import { SharedStore } from './shared.ts';
import type { GpuLimits } from './step.ts';

/** Features that are asked for where the adapter has them. No kernel needs the last two: see bench/NOTES.md. */
const FEATURES: readonly GPUFeatureName[] = ['timestamp-query', 'subgroups', 'shader-f16'];

export interface WebGpuOptions {
  /** A device of the caller's own; it is not destroyed by `close`. */
  readonly gpu?: GPUDevice | undefined;
  /** Gives another one when that is lost; without it one is opened that has the same limits and features. */
  readonly renew?: (() => Promise<GPUDevice>) | undefined;
  /** The adapter's own limits (default), only those that every WebGPU implementation has, or less than the adapter's. */
  readonly limits?: 'adapter' | 'default' | Partial<GpuLimits> | undefined;
}

/** The device `webgpu`, and whether its adapter is a software one. */
export interface WebGpuDevice extends Device {
  readonly adapter: AdapterNames;
  readonly isFallbackAdapter: boolean;
  readonly lost: Promise<DeviceLoss>;
  renew(): Promise<void>;
}

/** A GPU of the runtime's, or of the caller's. */
interface OpenGpu {
  readonly gpu: GPUDevice;
  readonly adapter: Adapter;
  /** Whether it is ours to destroy. */
  readonly owned: boolean;
}

/** An adapter of any browser: older ones have no `info`, or the flag outside it. */
interface Adapter {
  readonly info?: Partial<GPUAdapterInfo> | undefined;
  readonly isFallbackAdapter?: boolean;
}

/** Times that a lost GPU is asked for again, and milliseconds before the second time, twice as many before the next. */
const RENEWALS = 5;
const RENEWAL_PAUSE = 100;

/**
 * Opens the GPU: hand-written WGSL kernels on `navigator.gpu` (browsers, Deno) or Dawn (Node).
 * Throws code `no-device` where there is no WebGPU or no adapter.
 */
export async function openWebGpuDevice(options: WebGpuOptions = {}): Promise<WebGpuDevice> {
  const { gpu: own, renew, limits } = options;
  const ofCaller = (gpu: GPUDevice): OpenGpu => ({ gpu, adapter: { info: gpu.adapterInfo }, owned: false });
  const first = own ? ofCaller(own) : await requestGpu(limits === 'default' ? 'default' : 'adapter');
  const again = async (lost: GPUDevice) => (renew ? ofCaller(await renew()) : patiently(() => requestGpu(lost)));
  return wrap(first, again, typeof limits === 'object' ? limits : {});
}

/** A GPU with all that its adapter has, with what every adapter has, or with what another one had. */
async function requestGpu(like: 'adapter' | 'default' | GPUDevice): Promise<OpenGpu> {
  const gpu = await findGpu();
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) throw new SalientError('no-device', `WebGPU finds no adapter on this machine: ${REMEDY}`);
  const requiredLimits: Record<string, number> = {};
  if (like !== 'default') {
    const limits = like === 'adapter' ? adapter.limits : like.limits;
    for (const name in limits) {
      const value = limits[name as keyof GPUSupportedLimits];
      if (/^max/.test(name) && typeof value === 'number') requiredLimits[name] = value;
    }
  }
  const has = typeof like === 'object' ? like.features : adapter.features;
  const wanted = {
    label: 'salient-relevance',
    requiredFeatures: FEATURES.filter((feature) => has.has(feature)),
    requiredLimits,
  };
  const device = await adapter.requestDevice(wanted).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    const remedy = 'end other programs that use the GPU, or use the device "wasm"';
    throw new SalientError('no-device', `the GPU's adapter gives no device (${reason}); ${remedy}`, { cause });
  });
  return { gpu: device, adapter, owned: true };
}

/** A driver that just went down takes its time to come back. */
async function patiently<T>(attempt: () => Promise<T>): Promise<T> {
  for (let count = 1; ; count++) {
    try {
      return await attempt();
    } catch (error) {
      if (count === RENEWALS) throw error;
      await new Promise((resolve) => setTimeout(resolve, RENEWAL_PAUSE * 2 ** (count - 1)));
    }
  }
}

/** What there is of one GPU until it is lost. */
class Life {
  readonly context: GpuContext;
  readonly names: AdapterNames;
  readonly isFallbackAdapter: boolean;
  readonly description: string;
  readonly #owned: boolean;
  readonly #store: SharedStore;
  readonly #executables = new Set<WebGpuExecutable>();

  constructor({ gpu, adapter, owned }: OpenGpu, caps: Partial<GpuLimits>) {
    const { info = {}, isFallbackAdapter = info.isFallbackAdapter ?? false } = adapter;
    const { vendor = '', architecture = '', device = '', description: driver = '' } = info;
    this.context = new GpuContext(gpu, isFallbackAdapter, caps);
    this.names = { vendor, architecture, device, driver };
    this.isFallbackAdapter = isFallbackAdapter;
    this.description = describe(gpu, this.names, isFallbackAdapter);
    this.#owned = owned;
    this.#store = new SharedStore(this.context);
    if (this.context.debug >= 1) console.error(this.description);
  }

  async prepare(program: Program, options: RunOptions): Promise<Executable> {
    this.context.check();
    const { context } = this;
    const executable = new WebGpuExecutable(context, this.#store, program, () => this.#executables.delete(executable));
    this.#executables.add(executable);
    try {
      await executable.prepare(options);
    } catch (error) {
      executable.close();
      throw error;
    }
    return executable;
  }

  close(): void {
    this.context.close();
    for (const executable of [...this.#executables]) executable.close();
    if (this.#owned) this.context.device.destroy();
  }
}

function wrap(first: OpenGpu, again: (lost: GPUDevice) => Promise<OpenGpu>, caps: Partial<GpuLimits>): WebGpuDevice {
  let life = new Life(first, caps);
  let isClosed = false;
  let renewing: Promise<void> | undefined;
  // Preparations are queued: two at once would make the same weights twice.
  let queue: Promise<unknown> = Promise.resolve();
  const close = () => {
    isClosed = true;
    life.close();
  };
  const renew = async () => {
    const next = await again(life.context.device);
    life.close();
    life = new Life(next, caps);
    if (isClosed) life.close();
  };
  return {
    kind: 'webgpu',
    get description() {
      return life.description;
    },
    get adapter() {
      return life.names;
    },
    get isFallbackAdapter() {
      return life.isFallbackAdapter;
    },
    get lost() {
      return life.context.lost;
    },
    prepare(program, options = {}) {
      const result = queue.then(() => life.prepare(program, options));
      queue = result.catch(() => undefined);
      return result;
    },
    async renew() {
      if (isClosed) throw new SalientError('closed', 'the device is closed; open another one');
      if (!life.context.isLost) return;
      renewing ??= renew().finally(() => {
        renewing = undefined;
      });
      await renewing;
    },
    close,
    [Symbol.dispose]: close,
  };
}

function describe(gpu: GPUDevice, names: AdapterNames, isFallbackAdapter: boolean): string {
  const adapter = wordsOf(names) || 'unknown adapter';
  const features = FEATURES.filter((feature) => gpu.features.has(feature)).join(', ') || 'no optional features';
  return `webgpu (${adapter}; ${features}${isFallbackAdapter ? '; a software adapter' : ''})`;
}

/** The names in one line; a word that was there is left out (vendors stand in names of models, too). */
function wordsOf({ vendor, architecture, device, driver }: AdapterNames): string {
  const words = new Map<string, string>();
  for (const word of [vendor, architecture, device, driver].join(' ').split(/\s+/)) {
    if (!words.has(word.toLowerCase())) words.set(word.toLowerCase(), word);
  }
  return [...words.values()].join(' ').trim();
}
