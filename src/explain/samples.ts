import { generator } from '../evaluate/bootstrap.ts';
import { gaussianBlur } from '../evaluate/localisation.ts';
import { elementCount, spanOf, type Tensor } from '../tensor/tensor.ts';

/*
 * Methods that average ways back over several inputs near one input, or on a path to it.
 */

/** Normal numbers of mean 0 and variance 1 (Box and Muller 1958): the same for a seed everywhere. */
export function* normalNoise(seed: number): Generator<number, never> {
  const random = generator(seed);
  for (;;) {
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    const angle = 2 * Math.PI * random();
    yield radius * Math.cos(angle);
    yield radius * Math.sin(angle);
  }
}

/**
 * SmoothGrad's inputs (Smilkov et al. 2017): x with normal noise of a standard deviation of `sigma` times the span of
 * x's numbers, `count` times.
 */
export function* noisy(x: Tensor, count: number, sigma: number, seed: number): Generator<Tensor> {
  const noise = normalNoise(seed);
  const deviation = sigma * spanOf(x);
  for (let n = 0; n < count; n++) {
    yield { shape: x.shape, data: Float32Array.from(x.data, (number) => number + deviation * noise.next().value) };
  }
}

/** Inputs in the middle of `steps` equal pieces of the straight path from a baseline to x. */
export function* onPath(x: Tensor, baseline: Tensor, steps: number): Generator<Tensor> {
  for (let step = 0; step < steps; step++) {
    const share = (step + 0.5) / steps;
    const data = Float32Array.from(x.data, (number, i) => baseline.data[i]! + share * (number - baseline.data[i]!));
    yield { shape: x.shape, data };
  }
}

/** An input [C,H,W] of one number per channel. */
export function plain({ shape }: Tensor, perChannel: readonly number[]): Tensor {
  const plane = elementCount(shape.slice(1));
  const value = (channel: number) => perChannel[channel % perChannel.length]!;
  return { shape, data: Float32Array.from({ length: shape[0]! * plane }, (_, i) => value(Math.floor(i / plane))) };
}

/** An input [C,H,W] blurred by a Gaussian of a tenth of its shorter side. */
export function blurred({ shape, data }: Tensor): Tensor {
  const [channels, height, width] = shape as [number, number, number];
  const plane = height * width;
  const result = new Float32Array(data.length);
  for (let c = 0; c < channels; c++) {
    const part = data.subarray(c * plane, (c + 1) * plane);
    result.set(gaussianBlur(part, height, width, Math.min(height, width) / 10), c * plane);
  }
  return { shape, data: result };
}

/** The mean of tensors of one shape, added up in float64. */
export class Mean {
  readonly #sums: Float64Array;
  readonly #shape: Tensor['shape'];
  #count = 0;

  constructor({ shape }: Tensor) {
    this.#shape = shape;
    this.#sums = new Float64Array(elementCount(shape));
  }

  add({ data }: Tensor): void {
    this.#count++;
    for (let i = 0; i < data.length; i++) this.#sums[i]! += data[i]!;
  }

  /** The mean, each number times that of `factor`. */
  result(factor?: (index: number) => number): Tensor {
    const data = Float32Array.from(this.#sums, (sum, i) => (sum / this.#count) * (factor?.(i) ?? 1));
    return { shape: this.#shape, data };
  }
}

/** Where an occluding window stands: its first row and column. */
export interface Place {
  readonly y: number;
  readonly x: number;
}

/** Places of a window over [H,W], `stride` apart; the last ones at the border. */
export function windowPlaces(height: number, width: number, window: number, stride: number): Place[] {
  const along = (side: number) => {
    const last = Math.max(0, side - window);
    const count = Math.ceil(last / stride) + 1;
    return Array.from({ length: count }, (_, index) => Math.min(index * stride, last));
  };
  return along(height).flatMap((y) => along(width).map((x) => ({ y, x })));
}

/** x [C,H,W] with the baseline's numbers inside a window. */
export function occluded({ shape, data }: Tensor, baseline: Tensor, { y, x }: Place, window: number): Tensor {
  const [channels, height, width] = shape as [number, number, number];
  const result = Float32Array.from(data);
  for (let c = 0; c < channels; c++) {
    for (let row = y; row < Math.min(height, y + window); row++) {
      const from = (c * height + row) * width + x;
      const end = (c * height + row) * width + Math.min(width, x + window);
      result.set(baseline.data.subarray(from, end), from);
    }
  }
  return { shape, data: result };
}
