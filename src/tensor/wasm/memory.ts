import { SalientError } from '../../error.ts';

const PAGE = 65536;
const MAXIMUM_PAGES = 65536;
/** The binary's own data lies below this address. */
const FIRST_ADDRESS = PAGE;
/** Vectors are 16 bytes, cache lines 64. */
const ALIGNMENT = 64;
/** Kernels may read so many bytes behind a block: the memory goes on there. */
const SLACK = 128;

/**
 * A device's WebAssembly memory with a first-fit allocator. The memory only grows; freed blocks are used again, and all
 * of it goes with the device.
 */
export class WasmMemory {
  #memory = new WebAssembly.Memory({ initial: 1, maximum: MAXIMUM_PAGES, shared: true });
  /** Free blocks below {@link #end}, by address, never adjacent. */
  #free: { address: number; bytes: number }[] = [];
  readonly #used = new Map<number, number>();
  #end = FIRST_ADDRESS;

  get memory(): WebAssembly.Memory {
    return this.#memory;
  }

  /** Lets go of the memory, whoever may still hold this object. */
  close(): void {
    this.#memory = new WebAssembly.Memory({ initial: 0, maximum: 0, shared: true });
  }

  /** Address of `bytes` bytes that hold anything. */
  allocate(bytes: number): number {
    const size = Math.max(ALIGNMENT, Math.ceil(bytes / ALIGNMENT) * ALIGNMENT);
    const index = this.#free.findIndex((block) => block.bytes >= size);
    let address: number;
    if (index >= 0) {
      const block = this.#free[index]!;
      address = block.address;
      block.address += size;
      block.bytes -= size;
      if (block.bytes === 0) this.#free.splice(index, 1);
    } else {
      address = this.#end;
      this.#grow(address + size + SLACK);
      this.#end = address + size;
    }
    this.#used.set(address, size);
    return address;
  }

  free(address: number): void {
    const bytes = this.#used.get(address);
    if (bytes === undefined) return;
    this.#used.delete(address);
    const blocks = [...this.#free, { address, bytes }].sort((a, b) => a.address - b.address);
    this.#free = [];
    for (const block of blocks) {
      const last = this.#free.at(-1);
      if (last !== undefined && last.address + last.bytes === block.address) last.bytes += block.bytes;
      else this.#free.push(block);
    }
    const last = this.#free.at(-1);
    if (last !== undefined && last.address + last.bytes === this.#end) {
      this.#end = last.address;
      this.#free.pop();
    }
  }

  /** `count` float32 numbers at an address. */
  floats(address: number, count: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, count);
  }

  /** `count` unsigned words at an address. */
  words(address: number, count: number): Uint32Array {
    return new Uint32Array(this.memory.buffer, address, count);
  }

  bytes(address: number, count: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, address, count);
  }

  #grow(end: number): void {
    const missing = Math.ceil((end - this.memory.buffer.byteLength) / PAGE);
    if (missing <= 0) return;
    try {
      this.memory.grow(missing);
    } catch (cause) {
      const megabytes = (bytes: number) => `${Math.ceil(bytes / 2 ** 20)} MB`;
      throw new SalientError(
        'out-of-memory',
        `WebAssembly memory has ${megabytes(this.memory.buffer.byteLength)} and cannot grow to ${megabytes(end)} (its limit is 4096 MB); use a smaller batch`,
        { cause },
      );
    }
  }
}
