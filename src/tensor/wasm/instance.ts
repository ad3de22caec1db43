import { PACKED_BINARIES, PIECE_BYTES, PLAIN_BYTES } from './binary.generated.ts';

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

/** The kernels, without and with relaxed SIMD. */
export interface Binaries {
  readonly plain: Uint8Array<ArrayBuffer>;
  readonly relaxed: Uint8Array<ArrayBuffer>;
}

let unpacked: Promise<Binaries> | undefined;

export function unpackBinaries(): Promise<Binaries> {
  unpacked ??= unpack();
  return unpacked;
}

async function unpack(): Promise<Binaries> {
  const packed = Uint8Array.from(atob(PACKED_BINARIES), (character) => character.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate'));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const plain = new Uint8Array(PLAIN_BYTES);
  const relaxed = new Uint8Array(bytes.length - PLAIN_BYTES);
  let from = 0;
  for (let to = 0; from < bytes.length; to += PIECE_BYTES) {
    for (const binary of [plain, relaxed]) {
      if (to >= binary.length) continue;
      const piece = bytes.subarray(from, from + Math.min(PIECE_BYTES, binary.length - to));
      binary.set(piece, to);
      from += piece.length;
    }
  }
  return { plain, relaxed };
}

/** Whether this engine has relaxed SIMD's fused multiply-add (Node 20: with `--experimental-wasm-relaxed-simd`). */
export async function hasRelaxedSimd(): Promise<boolean> {
  return WebAssembly.validate((await unpackBinaries()).relaxed);
}

/** Whether this engine can run the kernels at all: SIMD and atomics on shared memory. */
export async function hasSimd(): Promise<boolean> {
  return typeof WebAssembly === 'object' && WebAssembly.validate((await unpackBinaries()).plain);
}

export async function compileKernels(relaxed: boolean): Promise<WebAssembly.Module> {
  const binaries = await unpackBinaries();
  return WebAssembly.compile(relaxed ? binaries.relaxed : binaries.plain);
}
