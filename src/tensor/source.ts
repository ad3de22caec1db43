import { SalientError } from '../error.ts';
import { elementCount, type Shape } from './tensor.ts';

/** Element types in which files store numbers. */
export type StoredType =
  | 'float32'
  | 'float64'
  | 'float16'
  | 'bfloat16'
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'bool';

/** Bytes of one element. */
export const STORED_BYTES: Readonly<Record<StoredType, number>> = {
  float32: 4,
  float64: 8,
  float16: 2,
  bfloat16: 2,
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  uint64: 8,
  bool: 1,
};

/**
 * A constant tensor as its file holds it: little-endian bytes, at any alignment, never copied until a device asks.
 * This is how 500 MB of weights pass from a file to a device without a copy on the JavaScript heap.
 */
export interface TensorSource {
  readonly name: string;
  readonly shape: Shape;
  readonly type: StoredType;
  readonly bytes: Uint8Array;
}

/** Wraps float32 numbers as a source (a view, no copy). */
export function sourceOf(name: string, shape: Shape, data: Float32Array): TensorSource {
  return { name, shape, type: 'float32', bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}

/** The source's numbers as float32: a view where type and alignment allow, else a converted copy. */
export function toFloat32(source: TensorSource): Float32Array {
  const count = elementCount(source.shape);
  const { bytes, type } = source;
  if (bytes.byteLength !== count * STORED_BYTES[type]) {
    throw new SalientError(
      'bad-model',
      `tensor "${source.name}" holds ${bytes.byteLength} bytes, but ${count} ${type} need ${count * STORED_BYTES[type]}; the file is damaged`,
    );
  }
  if (type === 'float32') {
    const buffer = bytes.buffer as ArrayBuffer;
    if (bytes.byteOffset % 4 === 0) return new Float32Array(buffer, bytes.byteOffset, count);
    const copy = new Uint8Array(count * 4);
    copy.set(bytes);
    return new Float32Array(copy.buffer);
  }
  return Float32Array.from(toFloat64(source));
}

/** The source's numbers at full precision: a view where type and alignment allow, else a converted copy. */
export function toFloat64(source: TensorSource): Float64Array {
  const { bytes, type } = source;
  if (type === 'float64' && bytes.byteOffset % 8 === 0) {
    return new Float64Array(bytes.buffer, bytes.byteOffset, elementCount(source.shape));
  }
  if (type === 'float32') return Float64Array.from(toFloat32(source));
  const numbers = new Float64Array(elementCount(source.shape));
  let index = 0;
  for (const number of readNumbers(source)) numbers[index++] = number;
  return numbers;
}

/** The source's numbers, one by one, at full precision (64-bit integers become the nearest double). */
export function* readNumbers(source: TensorSource): Generator<number> {
  const view = new DataView(source.bytes.buffer, source.bytes.byteOffset, source.bytes.byteLength);
  const size = STORED_BYTES[source.type];
  const read = READERS[source.type];
  const count = elementCount(source.shape);
  for (let i = 0; i < count; i++) yield read(view, i * size);
}

const READERS: Readonly<Record<StoredType, (view: DataView, offset: number) => number>> = {
  float32: (view, offset) => view.getFloat32(offset, true),
  float64: (view, offset) => view.getFloat64(offset, true),
  float16: (view, offset) => halfToNumber(view.getUint16(offset, true)),
  bfloat16: (view, offset) => brainToNumber(view.getUint16(offset, true)),
  int8: (view, offset) => view.getInt8(offset),
  uint8: (view, offset) => view.getUint8(offset),
  int16: (view, offset) => view.getInt16(offset, true),
  uint16: (view, offset) => view.getUint16(offset, true),
  int32: (view, offset) => view.getInt32(offset, true),
  uint32: (view, offset) => view.getUint32(offset, true),
  int64: (view, offset) => Number(view.getBigInt64(offset, true)),
  uint64: (view, offset) => Number(view.getBigUint64(offset, true)),
  bool: (view, offset) => (view.getUint8(offset) === 0 ? 0 : 1),
};

const WORD = new DataView(new ArrayBuffer(4));

/** bfloat16 to a number: the upper half of a float32. */
export function brainToNumber(bits: number): number {
  WORD.setUint32(0, bits << 16);
  return WORD.getFloat32(0);
}

/** IEEE 754 binary16 to a number. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
