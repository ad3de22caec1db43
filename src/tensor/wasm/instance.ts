import { PLAIN_BINARY, RELAXED_BINARY } from './binary.generated.ts';

/** The binary's one export: see wasm/main.ts. */
export interface Instance {
  run(commands: number, count: number, control: number, scratch: number): void;
}

export type ToWorker =
  | { readonly kind: 'start'; readonly module: WebAssembly.Module; readonly memory: WebAssembly.Memory }
  | {
      readonly kind: 'run';
      readonly commands: number;
      readonly count: number;
      readonly control: number;
      readonly scratch: number;
    };

/** `ready`: the worker has its instance; `done`: all commands are walked. */
export type FromWorker = { readonly kind: 'ready' | 'done' } | { readonly kind: 'failed'; readonly message: string };

export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Instance {
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Instance;
}

/** Whether this engine has relaxed SIMD's fused multiply-add (Node 20: with `--experimental-wasm-relaxed-simd`). */
export function hasRelaxedSimd(): boolean {
  return WebAssembly.validate(decode(RELAXED_BINARY));
}

/** Whether this engine can run the kernels at all: SIMD and atomics on shared memory. */
export function hasSimd(): boolean {
  return typeof WebAssembly === 'object' && WebAssembly.validate(decode(PLAIN_BINARY));
}

export function compileKernels(relaxed: boolean): Promise<WebAssembly.Module> {
  return WebAssembly.compile(decode(relaxed ? RELAXED_BINARY : PLAIN_BINARY));
}

function decode(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
