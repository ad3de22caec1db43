import { SalientError } from '../../error.ts';
import type { AdapterNames, Device, RunOptions } from '../device.ts';
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
  /** The adapter's own limits (default), only those that every WebGPU implementation has, or less than the adapter's. */
  readonly limits?: 'adapter' | 'default' | Partial<GpuLimits> | undefined;
}

/** The device `webgpu`, and whether its adapter is a software one. */
export interface WebGpuDevice extends Device {
  readonly adapter: AdapterNames;
  readonly isFallbackAdapter: boolean;
}

/**
 * Opens the GPU: hand-written WGSL kernels on `navigator.gpu` (browsers, Deno) or Dawn (Node).
 * Throws code `no-device` where there is no WebGPU or no adapter.
 */
export async function openWebGpuDevice(options: WebGpuOptions = {}): Promise<WebGpuDevice> {
  const caps = typeof options.limits === 'object' ? options.limits : {};
  if (options.gpu) return wrap(options.gpu, { info: options.gpu.adapterInfo }, false, caps);
  const gpu = await findGpu();
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) throw new SalientError('no-device', `WebGPU finds no adapter on this machine: ${REMEDY}`);
  const requiredLimits: Record<string, number> = {};
  if (options.limits !== 'default') {
    for (const name in adapter.limits) {
      const value = adapter.limits[name as keyof GPUSupportedLimits];
      if (/^max/.test(name) && typeof value === 'number') requiredLimits[name] = value;
    }
  }
  const wanted = {
    label: 'salient-relevance',
    requiredFeatures: FEATURES.filter((feature) => adapter.features.has(feature)),
    requiredLimits,
  };
  const device = await adapter.requestDevice(wanted).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    const remedy = 'end other programs that use the GPU, or use the device "wasm"';
    throw new SalientError('no-device', `the GPU's adapter gives no device (${reason}); ${remedy}`, { cause });
  });
  return wrap(device, adapter, true, caps);
}

/** An adapter of any browser: older ones have no `info`, or the flag outside it. */
interface Adapter {
  readonly info?: Partial<GPUAdapterInfo> | undefined;
  readonly isFallbackAdapter?: boolean;
}

function wrap(gpu: GPUDevice, adapter: Adapter, owned: boolean, caps: Partial<GpuLimits>): WebGpuDevice {
  const { info = {}, isFallbackAdapter = info.isFallbackAdapter ?? false } = adapter;
  const context = new GpuContext(gpu, caps);
  const store = new SharedStore(context);
  const executables = new Set<WebGpuExecutable>();
  const { vendor = '', architecture = '', device = '', description: driver = '' } = info;
  const names = { vendor, architecture, device, driver };
  const description = describe(gpu, names, isFallbackAdapter);
  if (context.debug >= 1) console.error(description);
  // Preparations are queued: two at once would make the same weights twice.
  let queue: Promise<unknown> = Promise.resolve();
  const close = () => {
    context.close();
    for (const executable of [...executables]) executable.close();
    if (owned) gpu.destroy();
  };
  const prepare = async (program: Program, options: RunOptions) => {
    context.check();
    const executable = new WebGpuExecutable(context, store, program, () => executables.delete(executable));
    executables.add(executable);
    try {
      await executable.prepare(options);
    } catch (error) {
      executable.close();
      throw error;
    }
    return executable;
  };
  return {
    kind: 'webgpu',
    description,
    adapter: names,
    isFallbackAdapter,
    prepare(program, options = {}) {
      const result = queue.then(() => prepare(program, options));
      queue = result.catch(() => undefined);
      return result;
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
  for (const word of [vendor, architecture, device, driver].join(' ').split(' ')) {
    if (!words.has(word.toLowerCase())) words.set(word.toLowerCase(), word);
  }
  return [...words.values()].join(' ').trim();
}
