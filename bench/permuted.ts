import { elementCount, type Tensor } from '../src/tensor/tensor.ts';

/** [N,C,H,W] to [N,H,W,C], and back. */
export const TO_CHANNELS_LAST: readonly number[] = [0, 2, 3, 1];
export const TO_CHANNELS_FIRST: readonly number[] = [0, 3, 1, 2];
/** A convolution's weights [O,I,H,W] to [H,W,I,O]. */
export const TO_CHANNELS_INNERMOST: readonly number[] = [2, 3, 1, 0];

/** The tensor with its axes in another order, as numpy's `transpose`: axis i of the result is axis permutation[i]. */
export function permuted({ shape, data }: Tensor, permutation: readonly number[]): Tensor & { data: Float32Array } {
  const steps = shape.map((_, axis) => elementCount(shape.slice(axis + 1)));
  const extents = permutation.map((axis) => shape[axis]!);
  const strides = permutation.map((axis) => steps[axis]!);
  const result = new Float32Array(data.length);
  const last = extents.length - 1;
  const [extent, stride] = [extents[last]!, strides[last]!];
  const place = extents.map(() => 0);
  for (let at = 0, from = 0; at < result.length; at += extent) {
    for (let i = 0; i < extent; i++) result[at + i] = data[from + i * stride]!;
    for (let axis = last - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++place[axis]! < extents[axis]!) break;
      from -= strides[axis]! * extents[axis]!;
      place[axis] = 0;
    }
  }
  return { shape: extents, data: result };
}
