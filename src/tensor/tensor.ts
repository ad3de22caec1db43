/** A tensor's extents, outermost first (images are [N, C, H, W], row-major). */
export type Shape = readonly number[];

/** Number of elements of a shape; 1 for a scalar. */
export function elementCount(shape: Shape): number {
  let count = 1;
  for (const extent of shape) count *= extent;
  return count;
}

/** Row-major strides in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  return strides;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}

/** `1×3×224×224`, or `scalar`. */
export function formatShape(shape: Shape): string {
  return shape.length === 0 ? 'scalar' : shape.join('×');
}

/** What kernels compute on: float32 on the fast devices, float64 on the reference device. */
export type Floats = Float32Array | Float64Array;

/** A dense row-major tensor of numbers in host memory. */
export interface Tensor<D extends Floats = Floats> {
  readonly shape: Shape;
  readonly data: D;
}

/** Sample n of a tensor [N,...], a view. */
export function sampleOf({ shape, data }: Tensor, n: number): Tensor {
  const count = data.length / shape[0]!;
  return { shape: shape.slice(1), data: data.subarray(n * count, (n + 1) * count) };
}

/** The largest of a tensor's numbers less the smallest; of no numbers −Infinity. */
export function spanOf({ data }: Tensor): number {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const number of data) [low, high] = [Math.min(low, number), Math.max(high, number)];
  return high - low;
}
