import type { Device } from '../../src/tensor/device.ts';
import { openWasmDevice } from '../../src/tensor/wasm/device.ts';
import { hasRelaxedSimd } from '../../src/tensor/wasm/instance.ts';

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
  if (hasRelaxedSimd()) wasm.push({ name: 'wasm (relaxed SIMD)', open: () => openWasmDevice({ relaxed: true }) });
  return wasm;
}
