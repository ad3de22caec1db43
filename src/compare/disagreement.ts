import { type Shape, stridesOf, type Tensor } from '../tensor/tensor.ts';

/** The same thing on two devices. */
export interface Pair<T> {
  readonly a: T;
  readonly b: T;
}

/** One element of a value on two devices. */
export interface Disagreement extends Pair<number> {
  readonly sample: number;
  /** Without the batch. */
  readonly index: readonly number[];
}

/** The element at a row-major position of one sample. */
export function elementOn({ a, b }: Pair<readonly Tensor[]>, sample: number, position: number): Disagreement {
  const { shape, data } = b[sample]!;
  return { sample, index: indexOf(shape, position), a: a[sample]!.data[position]!, b: data[position]! };
}

/** The index along each axis of a row-major position. */
export function indexOf(shape: Shape, position: number): number[] {
  const strides = stridesOf(shape);
  return shape.map((extent, axis) => Math.floor(position / strides[axis]!) % extent);
}
