/** A Huffman table of ITU-T T.81 (annex C): codes of up to 16 bits, numbered upwards within each length. */
export interface HuffmanTable {
  /** By length: one more than the largest code, or 0 where no code is so long. */
  readonly ends: Int32Array;
  /** By length: what must be added to a code to get its symbol's number. */
  readonly offsets: Int32Array;
  readonly symbols: Uint8Array;
  /** Codes of at most 8 bits by the 8 bits that begin with them: length·256 + symbol, 0 for longer ones. */
  readonly short: Uint16Array;
}

/** @param counts how many codes there are of lengths 1 to 16 */
export function huffmanTable(counts: Uint8Array, symbols: Uint8Array): HuffmanTable | undefined {
  const ends = new Int32Array(17);
  const offsets = new Int32Array(17);
  const short = new Uint16Array(256);
  let code = 0;
  let number = 0;
  for (let length = 1; length <= 16; length++) {
    const count = counts[length - 1]!;
    offsets[length] = number - code;
    for (let i = 0; i < count && length <= 8; i++) {
      const first = (code + i) << (8 - length);
      short.fill(length * 256 + symbols[number + i]!, first, first + (1 << (8 - length)));
    }
    code += count;
    number += count;
    if (code > 1 << length) return undefined; // more codes than there are of this length
    if (count > 0) ends[length] = code;
    code *= 2;
  }
  return { ends, offsets, symbols, short };
}

/** Thrown where the entropy-coded data are no code, or end too early. */
export class BadBits extends Error {}

/** Reads the entropy-coded bits of a scan, from `position` to the next marker. */
export class BitReader {
  position: number;
  private readonly bytes: Uint8Array;
  private buffer = 0;
  private count = 0;
  /** Zero bits that were put behind the data's end so that a last short code can be looked up; none may be used. */
  private padding = 0;

  constructor(bytes: Uint8Array, position: number) {
    this.bytes = bytes;
    this.position = position;
  }

  /** The next `length` bits (up to 16) as a number. */
  bits(length: number): number {
    const value = this.peek(length);
    this.drop(length);
    return value;
  }

  /** A number of `length` bits in the code of T.81, F.2.2.1: those that begin with 0 are negative. */
  signed(length: number): number {
    if (length === 0) return 0;
    const value = this.bits(length);
    return value < 1 << (length - 1) ? value - (1 << length) + 1 : value;
  }

  symbol(table: HuffmanTable): number {
    const entry = table.short[this.peek(8)]!;
    if (entry !== 0) {
      this.drop(entry >> 8);
      return entry & 255;
    }
    const next = this.peek(16);
    for (let length = 9; length <= 16; length++) {
      const code = next >> (16 - length);
      if (code < table.ends[length]!) {
        this.drop(length);
        return table.symbols[code + table.offsets[length]!]!;
      }
    }
    throw new BadBits('no such code');
  }

  /** Goes on behind the restart marker that must stand here. */
  restart(): void {
    this.count = 0;
    this.padding = 0;
    const marker = this.bytes[this.position + 1] ?? 0;
    if (this.bytes[this.position] !== 0xff || marker < 0xd0 || marker > 0xd7) throw new BadBits('no restart marker');
    this.position += 2;
  }

  private peek(length: number): number {
    while (this.count < length) this.fill();
    return (this.buffer >> (this.count - length)) & ((1 << length) - 1);
  }

  private drop(length: number): void {
    this.count -= length;
    if (this.count < this.padding) throw new BadBits('the data end too early');
  }

  /** Appends a byte; 0xff is data only where a 0 byte follows, else it begins a marker, where the data end. */
  private fill(): void {
    const byte = this.bytes[this.position];
    const ended = byte === undefined || (byte === 0xff && this.bytes[this.position + 1] !== 0);
    if (ended) this.padding += 8;
    else this.position += byte === 0xff ? 2 : 1;
    this.buffer = ((this.buffer << 8) | (ended ? 0 : byte)) & 0xffffff;
    this.count += 8;
  }
}
