import type { TensorSource } from '../source.ts';
import { elementCount, type Shape } from '../tensor.ts';
import type { KERNELS } from './binary.generated.ts';

/** An exported kernel of `wasm/`. */
export type KernelName = (typeof KERNELS)[number];

/** Memory whose address is decided when the whole program is planned. */
export interface Block {
  readonly bytes: number;
}

/** A place in a block. */
export interface Address {
  readonly block: Block;
  /** Bytes from the block's start. */
  readonly offset: number;
}

/** An argument of a kernel: an integer (a float goes through {@link float}) or an address. */
export type Argument = number | Address;

/**
 * What an operation's `wasm` method plans with, when a program is prepared: it asks for the addresses of its inputs and
 * outputs and for memory, and gives the tasks, which every run then walks.
 */
export interface WasmStep {
  readonly inputs: readonly Shape[];
  readonly outputs: readonly Shape[];
  input(index: number): Address;
  output(index: number): Address;
  /** The constant behind an input, where it is one. */
  source(index: number): TensorSource | undefined;
  /** A small table of numbers. */
  table(numbers: Float32Array | Uint32Array): Address;
  /** Memory during this step, e.g. between two tasks. */
  scratch(bytes: number): Address;
  /** Asks that the memory that each thread has to itself holds so much. */
  threadScratch(bytes: number): void;
  /**
   * The constant input `index` in another layout, made once for all steps and programs that give the same `key`:
   * `pack` plans the tasks that make it from the constant as stored.
   */
  packed(index: number, key: string, bytes: number, pack: (raw: Address, packed: Address) => void): Address;
  /**
   * One command: `items` independent items of a kernel, whose number and extent must not depend on the number of
   * threads. `args` are the fields of the kernel's argument class in `wasm/`, in order.
   */
  task(kernel: KernelName, items: number, args: readonly Argument[]): void;
}

/** A place `bytes` further. */
export function plus({ block, offset }: Address, bytes: number): Address {
  return { block, offset: offset + bytes };
}

const bits = new DataView(new ArrayBuffer(4));

/** A float32 argument as the word that holds its bits. */
export function float(value: number): number {
  bits.setFloat32(0, value);
  return bits.getUint32(0);
}

/** Elements of a chunk of an elementwise task: 64 KB of float32. */
const CHUNK = 16384;

/** The chunks of an elementwise task over a tensor. */
export function inChunks(shape: Shape): { count: number; chunk: number; chunks: number } {
  const count = elementCount(shape);
  return { count, chunk: CHUNK, chunks: Math.ceil(count / CHUNK) };
}
