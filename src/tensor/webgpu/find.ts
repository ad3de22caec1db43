import { SalientError } from '../../error.ts';
import { hasNodeModules, isDeno } from '../runtime.ts';

/** The runtime's WebGPU: `navigator.gpu` in browsers and Deno, Dawn in Node. */
export async function findGpu(): Promise<GPU> {
  const own = (globalThis.navigator as Partial<Navigator> | undefined)?.gpu;
  if (own) return own;
  if (isDeno()) {
    throw new SalientError('no-device', 'this Deno has no WebGPU (navigator.gpu is missing); use the device "wasm"');
  }
  if (!hasNodeModules()) {
    throw new SalientError('no-device', 'this browser has no WebGPU (navigator.gpu is missing); use the device "wasm"');
  }
  const { loadDawn } = await import('./dawn.ts');
  return await loadDawn();
}
