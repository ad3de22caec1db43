import { SalientError } from '../error.ts';
import { readNumbers, STORED_BYTES, type StoredType, type TensorSource, toFloat64 } from '../tensor/source.ts';
import { elementCount, formatShape, type Shape, stridesOf } from '../tensor/tensor.ts';

/** All numbers of a small constant such as a shape, axes or a bound. */
export function numbersOf(source: TensorSource): number[] {
  if (elementCount(source.shape) > 1024) {
    throw new SalientError(
      'bad-model',
      `constant "${source.name}" is ${formatShape(source.shape)}, but must be a short list of numbers; export the model again`,
    );
  }
  return [...readNumbers(source)];
}

/**
 * A constant of 64-bit integers: fractions are cut off, and what lies beyond the ends of int64 becomes the end, as
 * files write "to the last element".
 * @throws SalientError 'bad-model' for NaN.
 */
export function integerConstant(name: string, shape: Shape, numbers: Iterable<number>): TensorSource {
  const integers = new BigInt64Array(elementCount(shape));
  let at = 0;
  for (const number of numbers) {
    if (Number.isNaN(number)) {
      throw new SalientError('bad-model', `constant "${name}" would be NaN as int64; export the model again`);
    }
    const isInside = number >= -(2 ** 63) && number < 2 ** 63;
    integers[at++] = isInside ? BigInt(Math.trunc(number)) : number < 0 ? LEAST_INT64 : LARGEST_INT64;
  }
  return { name, shape, type: 'int64', bytes: bytesOf(integers) };
}

const LARGEST_INT64 = 2n ** 63n - 1n;
const LEAST_INT64 = -(2n ** 63n);

/** A constant computed in float64 here, to be rounded once by the device. */
export function float64Constant(name: string, shape: Shape, numbers: Float64Array): TensorSource {
  return { name, shape, type: 'float64', bytes: bytesOf(numbers) };
}

function bytesOf(numbers: BigInt64Array | Float64Array | Float32Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

/** Bytes of a new constant. */
function allocate(name: string, count: number, type: StoredType): Uint8Array {
  try {
    return new Uint8Array(count * STORED_BYTES[type]);
  } catch (error) {
    throw new SalientError('out-of-memory', `no memory for constant "${name}" (${count} ${type})`, { cause: error });
  }
}

/** The constant under another name and shape: a view. */
export function renamed(source: TensorSource, name: string, shape: Shape = source.shape): TensorSource {
  return { ...source, name, shape };
}

/** A tensor in which every element has the bytes of `element`. */
export function splat(name: string, shape: Shape, element: TensorSource): TensorSource {
  const count = elementCount(shape);
  const bytes = allocate(name, count, element.type);
  const size = element.bytes.length;
  if (count > 0) bytes.set(element.bytes);
  // Doubling copies fill at the speed of memory.
  for (let done = size; done < bytes.length; done *= 2) bytes.copyWithin(done, 0, Math.min(done, bytes.length - done));
  return { name, shape, type: element.type, bytes };
}

/** Copies elements: `indices` yields, for each element of the result, the index of its origin. */
function picked(name: string, shape: Shape, source: TensorSource, indices: Iterable<number>): TensorSource {
  const size = STORED_BYTES[source.type];
  const bytes = allocate(name, elementCount(shape), source.type);
  let at = 0;
  for (const index of indices) {
    for (let byte = 0; byte < size; byte++) bytes[at++] = source.bytes[index * size + byte]!;
  }
  return { name, shape, type: source.type, bytes };
}

/** Row-major walk over `shape`; each step along an axis moves the index by its stride. */
function* walk(shape: Shape, strides: readonly number[], start = 0): Generator<number> {
  const count = elementCount(shape);
  const position = shape.map(() => 0);
  let index = start;
  for (let i = 0; i < count; i++) {
    yield index;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index += strides[axis]!;
      if (++position[axis]! < shape[axis]!) break;
      index -= strides[axis]! * shape[axis]!;
      position[axis] = 0;
    }
  }
}

/** numpy's transpose. */
export function transposed(source: TensorSource, name: string, permutation: readonly number[]): TensorSource {
  const strides = stridesOf(source.shape);
  const shape = permutation.map((axis) => source.shape[axis]!);
  const steps = permutation.map((axis) => strides[axis]!);
  return picked(name, shape, source, walk(shape, steps));
}

/** Elements start, start + step, ... of every axis. */
export function sliced(
  source: TensorSource,
  name: string,
  axes: readonly { readonly start: number; readonly step: number; readonly count: number }[],
): TensorSource {
  const strides = stridesOf(source.shape);
  const start = axes.reduce((sum, axis, index) => sum + axis.start * strides[index]!, 0);
  const shape = axes.map((axis) => axis.count);
  const steps = axes.map((axis, index) => axis.step * strides[index]!);
  return picked(name, shape, source, walk(shape, steps, start));
}

/** numpy's take along an axis; `indices` are within the axis, `shape` is the result's. */
export function gathered(
  source: TensorSource,
  name: string,
  axis: number,
  indices: readonly number[],
  shape: Shape,
): TensorSource {
  const before = source.shape.slice(0, axis);
  const after = source.shape.slice(axis + 1);
  const inner = elementCount(after);
  const extent = source.shape[axis]!;
  const origins = function* () {
    for (let outer = 0; outer < elementCount(before); outer++) {
      for (const index of indices) for (let i = 0; i < inner; i++) yield (outer * extent + index) * inner + i;
    }
  };
  return picked(name, shape, source, origins());
}

/** numpy's concatenate, for sources of one type. */
export function concatenated(sources: readonly TensorSource[], name: string, axis: number, shape: Shape): TensorSource {
  const { type } = sources[0]!;
  const bytes = allocate(name, elementCount(shape), type);
  const outer = elementCount(shape.slice(0, axis));
  let at = 0;
  for (let row = 0; row < outer; row++) {
    for (const source of sources) {
      const length = source.bytes.length / outer;
      bytes.set(source.bytes.subarray(row * length, (row + 1) * length), at);
      at += length;
    }
  }
  return { name, shape, type, bytes };
}

/** Sums or products of constants, broadcast to `shape`: integers stay integers, others become float64. */
export function combined(
  sources: readonly TensorSource[],
  name: string,
  shape: Shape,
  combine: (a: number, b: number) => number,
): TensorSource {
  const result = new Float64Array(allocate(name, elementCount(shape), 'float64').buffer);
  sources.forEach((source, order) => {
    const numbers = toFloat64(source);
    let at = 0;
    for (const index of walk(shape, broadcastStrides(source.shape, shape))) {
      result[at] = order === 0 ? numbers[index]! : combine(result[at]!, numbers[index]!);
      at++;
    }
  });
  const isInteger = sources.every((source) => !source.type.startsWith('float'));
  return isInteger ? integerConstant(name, shape, result) : float64Constant(name, shape, result);
}

/** The numbers of a constant repeated to `shape`. */
export function broadcasted(source: TensorSource, shape: Shape): Float64Array {
  const numbers = toFloat64(source);
  const result = new Float64Array(allocate(source.name, elementCount(shape), 'float64').buffer);
  let at = 0;
  for (const index of walk(shape, broadcastStrides(source.shape, shape))) result[at++] = numbers[index]!;
  return result;
}

/** Strides with which a tensor is read when it is broadcast to `shape`: 0 along repeated axes. */
function broadcastStrides(from: Shape, shape: Shape): number[] {
  const strides = stridesOf(from);
  const lead = shape.length - from.length;
  return shape.map((_, axis) => (axis < lead || from[axis - lead] === 1 ? 0 : strides[axis - lead]!));
}

/** Casts a constant: to integers (toward zero), to bool, or to a floating-point type (kept at full precision). */
export function cast(source: TensorSource, name: string, type: StoredType): TensorSource {
  if (source.type === type) return renamed(source, name);
  const numbers = toFloat64(source);
  if (type.startsWith('float')) return float64Constant(name, source.shape, numbers);
  if (type === 'bool') {
    return { name, shape: source.shape, type, bytes: Uint8Array.from(numbers, (n) => (n === 0 ? 0 : 1)) };
  }
  return integerConstant(name, source.shape, numbers);
}

/** numpy's broadcasting; undefined where the shapes do not fit. */
export function broadcastShape(shapes: readonly Shape[]): Shape | undefined {
  const rank = shapes.reduce((most, shape) => Math.max(most, shape.length), 0);
  const result = new Array<number>(rank).fill(1);
  for (const shape of shapes) {
    const lead = rank - shape.length;
    for (const [axis, extent] of shape.entries()) {
      if (extent === 1 || extent === result[axis + lead]) continue;
      if (result[axis + lead] !== 1) return undefined;
      result[axis + lead] = extent;
    }
  }
  return result;
}
