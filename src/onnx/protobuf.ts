/**
 * Reads protobuf's wire format (https://protobuf.dev/programming-guides/encoding), forwards through one message. Bytes
 * are views. Every reader throws RangeError where the message is cut off or malformed.
 */
export class ProtobufReader {
  readonly bytes: Uint8Array;
  position = 0;
  readonly #view: DataView;
  #low = 0;
  #high = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** A varint's low 32 bits, unsigned: tags and lengths. */
  uint32(): number {
    this.#readVarint();
    return this.#low >>> 0;
  }

  /** A varint's low 32 bits, signed: also enumerations. */
  int32(): number {
    this.#readVarint();
    return this.#low;
  }

  /** A varint of 64 bits, signed, as the nearest number. */
  int64(): number {
    this.#readVarint();
    return this.#high * 2 ** 32 + (this.#low >>> 0);
  }

  float(): number {
    const start = this.position;
    this.#skip(4);
    return this.#view.getFloat32(start, true);
  }

  string(): string {
    return UTF8.decode(this.run());
  }

  /** The payload of a length-delimited field, a view. */
  run(): Uint8Array {
    const length = this.uint32();
    const start = this.position;
    this.#skip(length);
    return this.bytes.subarray(start, start + length);
  }

  /** Passes over a field of this wire type. */
  skipField(wireType: number): void {
    if (wireType === 0) this.#readVarint();
    else if (wireType === 1) this.#skip(8);
    else if (wireType === 2) this.#skip(this.uint32());
    else if (wireType === 5) this.#skip(4);
    else throw new RangeError(`wire type ${wireType} at byte ${this.position}`);
  }

  #skip(length: number): void {
    if (length > this.bytes.length - this.position) throw new RangeError('a field reaches beyond its message');
    this.position += length;
  }

  #readVarint(): void {
    let [low, high] = [0, 0];
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.bytes[this.position++];
      if (byte === undefined) throw new RangeError('a number reaches beyond its message');
      const bits = byte & 0x7f;
      if (shift < 32) low |= bits << shift;
      if (shift > 24) high |= shift < 32 ? bits >>> (32 - shift) : bits << (shift - 32);
      if (byte < 0x80) {
        this.#low = low;
        this.#high = high;
        return;
      }
    }
    throw new RangeError(`a number of more than 10 bytes before byte ${this.position}`);
  }
}

const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });
