import { SalientError } from '../../src/error.ts';
import type { Device } from '../../src/tensor/device.ts';
import { openWasmDevice } from '../../src/tensor/wasm/device.ts';
import { hasRelaxedSimd } from '../../src/tensor/wasm/instance.ts';
import { openWebGpuDevice } from '../../src/tensor/webgpu/device.ts';

/** The device that this run is about (`npm test -- --device NAME`); undefined: all. */
const chosen = process.env.SALIENT_TEST_DEVICE;

/** Whether this run's tests of several devices take in this one. */
export function isChosen(device: 'reference' | 'wasm' | 'webgpu'): boolean {
  return chosen === undefined || chosen === device;
}

/** A device that the behaviour tests compare with `reference`. */
export interface ComparedDevice {
  readonly name: string;
  open(): Promise<Device>;
}

/** The devices of this run; a device that cannot be had here says so loudly. */
export async function comparedDevices(): Promise<ComparedDevice[]> {
  const wasm: ComparedDevice[] = [1, 2].map((threads) => ({
    name: `wasm (${threads} threads)`,
    open: () => openWasmDevice({ threads, relaxed: false }),
  }));
  // Node 20 has relaxed SIMD behind --experimental-wasm-relaxed-simd.
  if (await hasRelaxedSimd()) wasm.push({ name: 'wasm (relaxed SIMD)', open: () => openWasmDevice({ relaxed: true }) });
  const webgpu = (await hasWebGpu()) ? [{ name: 'webgpu', open: openWebGpuDevice }] : [];
  return [...(isChosen('wasm') ? wasm : []), ...webgpu];
}

/**
 * Whether this run takes in WebGPU and a GPU (or a software one) can be used here. Its absence is an error under CI and
 * where WebGPU was asked for, and loud elsewhere.
 */
export async function hasWebGpu(): Promise<boolean> {
  if (!isChosen('webgpu')) return false;
  try {
    using _device = await openWebGpuDevice();
    return true;
  } catch (error) {
    const absent = error instanceof SalientError && error.code === 'no-device';
    if (!absent || process.env.CI === 'true' || chosen === 'webgpu') throw error;
    console.log(
      `WebGPU tests skipped: ${error.message}. To run them on a software GPU: npm ci --prefix test && node test/support/gpu.mjs node FILE`,
    );
    return false;
  }
}
