import { STORED_BYTES, type TensorSource, toFloat32 } from '../source.ts';
import { elementCount } from '../tensor.ts';
import type { WasmMemory } from './memory.ts';

interface Entry {
  readonly address: number;
  readonly bytes: number;
  holders: number;
}

/** The constants of a device, each source once per layout, freed with the last program that holds it. */
export class ConstantStore {
  readonly #memory: WasmMemory;
  readonly #entries = new Map<TensorSource, Map<string, Entry>>();

  constructor(memory: WasmMemory) {
    this.#memory = memory;
  }

  /** Holds a constant in a layout; `fresh` where its memory still has to be written. */
  hold(source: TensorSource, key: string, bytes: number): { address: number; fresh: boolean } {
    let layouts = this.#entries.get(source);
    if (layouts === undefined) {
      layouts = new Map();
      this.#entries.set(source, layouts);
    }
    const known = layouts.get(key);
    if (known !== undefined) {
      known.holders++;
      return { address: known.address, fresh: false };
    }
    const entry: Entry = { address: this.#memory.allocate(bytes), bytes, holders: 1 };
    layouts.set(key, entry);
    return { address: entry.address, fresh: true };
  }

  release(source: TensorSource, key: string): void {
    const layouts = this.#entries.get(source);
    const entry = layouts?.get(key);
    if (layouts === undefined || entry === undefined || --entry.holders > 0) return;
    this.#memory.free(entry.address);
    layouts.delete(key);
    if (layouts.size === 0) this.#entries.delete(source);
  }

  /** Writes a source's numbers; float32 goes straight from the file's bytes. */
  upload(source: TensorSource, address: number): void {
    const count = elementCount(source.shape);
    if (source.type === 'float32' && source.bytes.byteLength === count * STORED_BYTES.float32) {
      this.#memory.bytes(address, source.bytes.byteLength).set(source.bytes);
    } else {
      this.#memory.floats(address, count).set(toFloat32(source));
    }
  }
}
