import { type TensorSource, toFloat32 } from '../source.ts';
import { elementCount } from '../tensor.ts';
import type { GpuContext } from './context.ts';
import { type Plan, type Resource, slabRows, touched } from './planner.ts';

/** Device memory whose numbers never change, shared by all programs that need the same. */
export interface SharedMemory {
  readonly buffers: readonly GPUBuffer[];
  /** Bytes of data in each buffer. */
  readonly sizes: readonly number[];
  /** Bytes of all buffers. */
  readonly bytes: number;
}

/** Weights, tables and what follows from them, by what they are; freed with the last program that uses them. */
export class SharedStore {
  readonly #context: GpuContext;
  readonly #entries = new Map<string, { readonly memory: SharedMemory; users: number }>();

  constructor(context: GpuContext) {
    this.#context = context;
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  acquire(key: string): SharedMemory {
    const entry = this.#entries.get(key)!;
    entry.users++;
    return entry.memory;
  }

  /** Allocates a resource under a key, with one user. */
  async create(key: string, resource: Resource): Promise<SharedMemory> {
    const { name, elements, rows } = resource;
    const firsts = slabRows(resource, this.#context.limits);
    const rowBytes = (4 * elements) / rows;
    const sizes = firsts.map((first, slab) => ((firsts[slab + 1] ?? rows) - first) * rowBytes);
    const buffers: GPUBuffer[] = [];
    try {
      await this.#context.allocating(`"${name}" (${4 * elements} bytes)`, () => {
        for (const size of sizes) buffers.push(this.#context.storage(name, size));
      });
      const memory = { buffers, sizes, bytes: buffers.reduce((sum, buffer) => sum + buffer.size, 0) };
      this.#entries.set(key, { memory, users: 1 });
      return memory;
    } catch (error) {
      for (const buffer of buffers) buffer.destroy();
      throw error;
    }
  }

  release(key: string): void {
    const entry = this.#entries.get(key)!;
    entry.users--;
    if (entry.users > 0) return;
    for (const buffer of entry.memory.buffers) buffer.destroy();
    this.#entries.delete(key);
  }
}

const CHUNK = 16 << 20;

/** Writes a resource's numbers, chunk by chunk, so that no copy of a large tensor is ever made at once. */
export async function upload(context: GpuContext, memory: SharedMemory, { source, data }: Resource): Promise<void> {
  const bytes = source ? bytesOf(source) : new Uint8Array(data!.buffer, data!.byteOffset, data!.byteLength);
  const { queue } = context.device;
  let start = 0;
  for (const [slab, buffer] of memory.buffers.entries()) {
    const end = start + memory.sizes[slab]!;
    for (let from = start; from < end; from += CHUNK) {
      const chunk = bytes.subarray(from, Math.min(end, from + CHUNK));
      queue.writeBuffer(buffer, from - start, chunk as Uint8Array<ArrayBuffer>);
      if (chunk.byteLength === CHUNK) await context.wait(queue.onSubmittedWorkDone());
    }
    start = end;
  }
}

/** The source's numbers as little-endian float32: the file's own bytes where it stores them so. */
function bytesOf(source: TensorSource): Uint8Array {
  if (source.type === 'float32' && source.bytes.byteLength === 4 * elementCount(source.shape)) return source.bytes;
  const numbers = toFloat32(source);
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

const sourceKeys = new WeakMap<TensorSource, string>();
let sources = 0;

/** For each fixed resource, a key that says what its numbers are: a file's tensor, a table, or a computation on such. */
export function fixedKeys({ resources, dispatches }: Plan): Map<number, string> {
  const keys = new Map<number, string>();
  for (const [index, { source, data }] of resources.entries()) {
    if (source) {
      let key = sourceKeys.get(source);
      if (key === undefined) {
        key = `source ${++sources}`;
        sourceKeys.set(source, key);
      }
      keys.set(index, key);
    } else if (data) keys.set(index, `table ${digest(`${data.constructor.name} ${data.join()}`)}`);
  }
  for (const dispatch of dispatches) {
    if (!dispatch.fixed) continue;
    const { shader, pieces, workgroups } = dispatch;
    const reads = pieces
      .filter((_, i) => shader.bindings[i]!.access === 'read')
      .map(({ resource, slab }) => `${keys.get(resource)}.${slab}`);
    const own = `${shader.code} ${reads.join()} ${workgroups.join()}`;
    for (const [position, resource] of touched(dispatch, 'read_write').entries()) {
      keys.set(resource, `made ${digest(`${keys.get(resource) ?? ''} ${position} ${own}`)}`);
    }
  }
  return keys;
}

/** Two independent 32-bit hashes (FNV-1a and a multiplicative one) and the length of a text. */
function digest(text: string): string {
  let [a, b] = [0x811c9dc5, 0x9e3779b9];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b, 0x5bd1e995) + code;
    b ^= b >>> 15;
  }
  return `${(a >>> 0).toString(36)}-${(b >>> 0).toString(36)}-${text.length}`;
}
