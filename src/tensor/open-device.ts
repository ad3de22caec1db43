import { SalientError } from '../error.ts';
import type { Device, DeviceKind } from './device.ts';
import type { WasmOptions } from './wasm/device.ts';

/**
 * A kind of device; `auto` for the fastest that is there; or a GPUDevice of your own. Where that is lost, `renew` gives
 * another one; without it, one is opened that has the same limits and features.
 */
export type DeviceChoice =
  | DeviceKind
  | 'auto'
  | { readonly gpu: GPUDevice; readonly renew?: (() => Promise<GPUDevice>) | undefined };

/** Opens each kind of device, whose code is loaded then; the fastest first. */
const OPENERS: Readonly<Record<DeviceKind, (options: WasmOptions) => Promise<Device>>> = {
  webgpu: async () => (await import('./webgpu/device.ts')).openWebGpuDevice(),
  wasm: async (options) => (await import('./wasm/device.ts')).openWasmDevice(options),
  reference: async () => (await import('./reference.ts')).openReferenceDevice(),
};

/**
 * Opens a device. `auto` takes WebGPU on a real GPU (never a software adapter, which is slower than the CPU), else
 * WebAssembly, else the reference device; `device.choice` says why. Nothing falls back later, in the middle of a run.
 *
 * `threads` is for the wasm device, also where `auto` comes to it; {@link Device.threads} says how many there are.
 *
 * @throws SalientError 'no-device' where the device that was asked for is not there, 'bad-argument' where an option
 * makes no sense
 *
 * @example
 * ```ts
 * const one = await openDevice('wasm', { threads: 1 });
 * one.description; // 'wasm (SIMD, 1 thread)'
 * one.close();
 * ```
 */
export async function openDevice(choice: DeviceChoice = 'auto', options: WasmOptions = {}): Promise<Device> {
  if (choice !== 'wasm' && choice !== 'auto' && Object.values(options).some((value) => value !== undefined)) {
    const name = typeof choice === 'object' ? 'webgpu' : choice;
    const given = Object.keys(options).join(', ');
    throw new SalientError('bad-argument', `the device ${name} takes no ${given}; only wasm does, or auto for wasm`);
  }
  if (typeof choice === 'object') {
    const { openWebGpuDevice } = await import('./webgpu/device.ts');
    return openWebGpuDevice(choice);
  }
  if (choice === 'auto') return openFastest(options);
  if (!Object.hasOwn(OPENERS, choice)) {
    const kinds = ['auto', ...Object.keys(OPENERS)].join(', ').replace(/, (\w+)$/, ' or $1');
    throw new SalientError('bad-argument', `there is no device "${String(choice)}"; choose ${kinds}`);
  }
  return OPENERS[choice](options);
}

async function openFastest(options: WasmOptions): Promise<Device> {
  const reasons: string[] = [];
  for (const kind of Object.keys(OPENERS) as DeviceKind[]) {
    try {
      const device = await OPENERS[kind](options);
      if (!('isFallbackAdapter' in device) || !device.isFallbackAdapter) {
        return Object.assign(device, { choice: [...reasons, `chose ${kind}`].join('; ') });
      }
      reasons.push('no webgpu: only a software adapter is there, which is slower than wasm (--device webgpu takes it)');
      device.close();
    } catch (error) {
      if (!(error instanceof SalientError) || error.code !== 'no-device') throw error;
      reasons.push(`no ${kind}: ${error.message.split(';')[0]!.split(': in Node')[0]}`);
    }
  }
  throw new SalientError('no-device', `no device can be opened: ${reasons.join('; ')}`);
}
