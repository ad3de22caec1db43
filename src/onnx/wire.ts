import { ProtobufReader } from './protobuf.ts';

/** Reads one field's payload. `packed`: the payload is length-delimited (for numbers: a packed run of them). */
export type FieldReader = (reader: ProtobufReader, packed: boolean) => unknown;

/**
 * Calls a reader for each field of a protobuf message that `fields` knows by number, and skips the rest. The bytes
 * that the readers take out are views.
 * @throws RangeError where the message is cut off or malformed.
 */
export function readFields(bytes: Uint8Array, fields: Readonly<Record<number, FieldReader>>): void {
  const reader = new ProtobufReader(bytes);
  while (reader.position < bytes.length) {
    const tag = reader.uint32();
    const wireType = tag & 7;
    const number = tag >>> 3;
    if (number === 0) throw new RangeError(`field number 0 before byte ${reader.position}`);
    const field = fields[number];
    if (field) field(reader, wireType === 2);
    else reader.skipField(wireType);
  }
}

/** Reads a repeated number: one alone, or a packed run of them. */
export function readRepeated(reader: ProtobufReader, packed: boolean, read: (reader: ProtobufReader) => void): void {
  if (!packed) {
    read(reader);
    return;
  }
  const run = new ProtobufReader(reader.run());
  while (run.position < run.bytes.length) read(run);
}

/** Collects runs of bytes: a single run stays a view; more are joined. */
export class ByteRuns {
  #bytes: Uint8Array | undefined;
  #length = 0;

  append(run: Uint8Array): void {
    if (this.#bytes === undefined) {
      this.#bytes = run;
      this.#length = run.length;
      return;
    }
    const length = this.#length + run.length;
    // The first run is a view into the file: it must not be written to, so the first growth always moves it.
    if (length > this.#bytes.length || this.#length === this.#bytes.length) {
      const grown = new Uint8Array(Math.max(length, 2 * this.#length));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    this.#bytes.set(run, this.#length);
    this.#length = length;
  }

  get bytes(): Uint8Array | undefined {
    return this.#bytes?.subarray(0, this.#length);
  }
}
