import { generator } from '../../src/evaluate/bootstrap.ts';

/** Numbers at which programs err. */
const NUMBERS = [0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];
const MOST_BYTES = 400_000;

export type Random = (below: number) => number;

/** Whole numbers below a bound, from a seed. */
export function randomOf(seed: number): Random {
  const next = generator(seed);
  return (below) => Math.floor(next() * below);
}

/** One to eight mutations of a file; `grammar` knows its format's own. */
export function mutated(
  seed: Uint8Array,
  random: Random,
  grammar: (bytes: Uint8Array, random: Random) => Uint8Array,
): Uint8Array {
  let bytes = seed;
  for (let count = 1 + random(8); count > 0; count--) {
    bytes = random(2) === 0 ? grammar(bytes, random) : plain(bytes, random);
    if (bytes.length > MOST_BYTES) bytes = bytes.subarray(0, MOST_BYTES);
  }
  return bytes;
}

/** A mutation that knows no format. */
export function plain(bytes: Uint8Array, random: Random): Uint8Array {
  if (bytes.length === 0) return Uint8Array.of(random(256));
  const at = random(bytes.length);
  const count = 1 + random(Math.min(64, bytes.length - at));
  const copy = bytes.slice();
  switch (random(6)) {
    case 0:
      copy[at]! ^= 1 << random(8);
      return copy;
    case 1: {
      const number = NUMBERS[random(NUMBERS.length)]!;
      const size = [1, 2, 4][random(3)]!;
      for (let i = 0; i < size && at + i < copy.length; i++)
        copy[at + i] = number / 2 ** (8 * (random(2) ? i : size - 1 - i));
      return copy;
    }
    case 2:
      return bytes.slice(0, at);
    case 3:
      return joined(bytes.subarray(0, at), bytes.subarray(at + count));
    case 4:
      return joined(bytes.subarray(0, at + count), bytes.subarray(at));
    default:
      for (let i = 0; i < count; i++) copy[at + i] = random(256);
      return copy;
  }
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** A field of a protobuf message: where it begins, where its value does, and where it ends. */
interface Field {
  readonly start: number;
  readonly value: number;
  readonly end: number;
  readonly wire: number;
}

/** The fields of a protobuf message, as far as it is one. */
function fieldsOf(bytes: Uint8Array): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; at < bytes.length; shift += 7) {
      const byte = bytes[at++]!;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    return value;
  };
  while (at < bytes.length && fields.length < 2000) {
    const start = at;
    const wire = varint() & 7;
    let value = at;
    if (wire === 0) varint();
    else if (wire === 1) at += 8;
    else if (wire === 5) at += 4;
    else if (wire === 2) {
      const length = varint();
      value = at;
      at += length;
    } else return [];
    if (at > bytes.length) return [];
    fields.push({ start, value, end: at, wire });
  }
  return fields;
}

function varintOf(number: number): Uint8Array {
  const bytes: number[] = [];
  for (let left = number; ; left = Math.floor(left / 128)) {
    if (left < 128) return Uint8Array.from([...bytes, left]);
    bytes.push((left % 128) + 128);
  }
}

/**
 * A mutation of a protobuf message that leaves it one: some field, at any depth, goes, comes twice, changes places, or
 * gets another number or text; lengths around it are made right again.
 */
export function protobuf(bytes: Uint8Array, random: Random, depth = 0): Uint8Array {
  const fields = fieldsOf(bytes);
  if (fields.length === 0) return plain(bytes, random);
  const { start, value, end, wire } = fields[random(fields.length)]!;
  const [before, after] = [bytes.subarray(0, start), bytes.subarray(end)];
  const own = bytes.subarray(start, end);
  if (wire === 2 && depth < 6 && random(4) > 0) {
    const key = fieldKey(own);
    const inner = protobuf(bytes.subarray(value, end), random, depth + 1);
    return joined(before, key, varintOf(inner.length), inner, after);
  }
  const other = fields[random(fields.length)]!;
  switch (random(4)) {
    case 0:
      return joined(before, after);
    case 1:
      return joined(before, own, own, after);
    case 2:
      return joined(before, bytes.subarray(other.start, other.end), after);
    default:
      if (wire === 0) return joined(before, fieldKey(own), varintOf(NUMBERS[random(NUMBERS.length)]!), after);
      return joined(before, own.subarray(0, value - start), plain(own.subarray(value - start), random), after);
  }
}

/** The bytes of a field's number and kind. */
function fieldKey(field: Uint8Array): Uint8Array {
  return field.subarray(0, field.findIndex((byte) => byte < 0x80) + 1);
}

/** A mutation of a PNG: a chunk goes, comes twice, or has a byte of its data changed, its checksum made right again. */
export function png(bytes: Uint8Array, random: Random): Uint8Array {
  const chunks: Uint8Array[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 8; at + 12 <= bytes.length; ) {
    const end = at + 12 + view.getUint32(at);
    if (end > bytes.length) break;
    chunks.push(bytes.slice(at, end));
    at = end;
  }
  if (chunks.length === 0) return plain(bytes, random);
  const index = random(chunks.length);
  const chunk = chunks[index]!;
  const length = chunk.length - 12;
  switch (random(4)) {
    case 0:
      chunks.splice(index, 1);
      break;
    case 1:
      chunks.splice(index, 0, chunk);
      break;
    case 2:
      chunks.push(chunks.splice(index, 1)[0]!);
      break;
    default:
      if (length > 0) chunk[8 + random(length)] = NUMBERS[random(NUMBERS.length)]!;
  }
  for (const each of chunks)
    new DataView(each.buffer).setUint32(each.length - 4, crc(each.subarray(4, each.length - 4)));
  return joined(bytes.subarray(0, 8), ...chunks);
}

function crc(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  }
  return ~value >>> 0;
}

/** A mutation of a JPEG: a segment goes, comes twice, or changes. */
export function jpeg(bytes: Uint8Array, random: Random): Uint8Array {
  const segments: [number, number][] = [];
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff; ) {
    const end = at + 2 + bytes[at + 2]! * 256 + bytes[at + 3]!;
    segments.push([at, Math.min(end, bytes.length)]);
    if (bytes[at + 1] === 0xda) break;
    at = end;
  }
  if (segments.length === 0) return plain(bytes, random);
  const [start, end] = segments[random(segments.length)]!;
  const own = bytes.subarray(start, end);
  const parts = [() => [], () => [own, own], () => [own.subarray(0, 4), plain(own.subarray(4), random)]][random(3)]!();
  return joined(bytes.subarray(0, start), ...parts, bytes.subarray(end));
}

/** A mutation of a text: a word of it becomes another one of it, or one at which programs err. */
export function text(bytes: Uint8Array, random: Random): Uint8Array {
  const source = new TextDecoder().decode(bytes);
  const words = source.match(/[\w.+-]+|[^\w\s]/g) ?? [''];
  const odd = [
    '__proto__',
    'constructor',
    'toString',
    '-1',
    '1e999',
    'NaN',
    '[',
    '{}',
    'null',
    '"*"',
    '*'.repeat(40),
    '9'.repeat(40),
    '\u0000',
    '\u001b[2J',
  ];
  const pick = (from: readonly string[]) => from[random(from.length)]!;
  const word = pick(words);
  const at = source.indexOf(word, random(source.length + 1));
  const place = at < 0 ? random(source.length + 1) : at;
  const changed =
    source.slice(0, place) + (random(2) ? pick(odd) : pick(words)) + source.slice(place + (at < 0 ? 0 : word.length));
  return new TextEncoder().encode(changed);
}
