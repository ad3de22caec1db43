import { SalientError } from '../error.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { generator } from './bootstrap.ts';

/** What a patch is replaced by: the input's mean of each channel, the input blurred, or noise of its mean and spread. */
export type Replacement = 'mean' | 'blur' | 'noise';

/** The order in which patches go: most relevant first, or least relevant first. */
export type Order = 'morf' | 'lerf';

/**
 * The patches of a map [H,W] from the most relevant to the least: side×side pixels in a grid from the top left (those at
 * the right and lower border are smaller), by their sums; equal sums in reading order.
 *
 * @returns the patches' numbers in the grid, row by row
 */
export function patchOrder(map: Tensor, side: number): Uint32Array {
  const [height, width] = map.shape as [number, number];
  const [rows, columns] = [Math.ceil(height / side), Math.ceil(width / side)];
  const sums = new Float64Array(rows * columns);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      sums[Math.floor(y / side) * columns + Math.floor(x / side)]! += map.data[y * width + x]!;
    }
  }
  return Uint32Array.from(sums.keys()).sort((a, b) => sums[b]! - sums[a]! || a - b);
}

/**
 * The inputs of a perturbation curve (Samek et al. 2017, "Evaluating the visualization of what a deep neural network has
 * learned", region perturbation): the input itself, then with more and more patches replaced, the k-th of `steps` with
 * round(k·patches/steps) of them.
 *
 * @param input [C,H,W]
 * @param order patches from {@link patchOrder}, most relevant first
 * @param replaced an input [C,H,W] that holds what patches are replaced by
 */
export function* perturbed(
  input: Tensor,
  order: Uint32Array,
  side: number,
  steps: number,
  replaced: Tensor,
): Generator<Tensor> {
  const [channels, height, width] = input.shape as [number, number, number];
  const columns = Math.ceil(width / side);
  const data = Float32Array.from(input.data);
  let done = 0;
  yield { shape: input.shape, data: data.slice() };
  for (let step = 1; step <= steps; step++) {
    const wanted = Math.round((step * order.length) / steps);
    for (; done < wanted; done++) {
      const [top, left] = [Math.floor(order[done]! / columns) * side, (order[done]! % columns) * side];
      for (let c = 0; c < channels; c++) {
        for (let y = top; y < Math.min(top + side, height); y++) {
          const row = (c * height + y) * width;
          for (let x = left; x < Math.min(left + side, width); x++) data[row + x] = replaced.data[row + x]!;
        }
      }
    }
    yield { shape: input.shape, data: data.slice() };
  }
}

/** What patches of an input [C,H,W] are replaced by; noise comes from the seed. */
export function replacementFor(input: Tensor, kind: Replacement, side: number, seed: number): Tensor {
  const [channels, height, width] = input.shape as [number, number, number];
  const plane = height * width;
  const data = new Float32Array(channels * plane);
  const random = generator(seed);
  for (let c = 0; c < channels; c++) {
    const own = Array.from(input.data.subarray(c * plane, (c + 1) * plane));
    const mean = own.reduce((sum, value) => sum + value, 0) / plane;
    const deviation = Math.sqrt(own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / plane);
    const blurred = kind === 'blur' ? boxBlur(own, height, width, side) : [];
    for (let i = 0; i < plane; i++) {
      const noise = mean + deviation * Math.sqrt(12) * (random() - 0.5);
      data[c * plane + i] = kind === 'mean' ? mean : kind === 'blur' ? blurred[i]! : noise;
    }
  }
  return { shape: input.shape, data };
}

/** The mean over a square of 2·radius + 1 pixels around each, cut at the border. */
function boxBlur(plane: readonly number[], height: number, width: number, radius: number): number[] {
  const along = (from: readonly number[], count: number, length: number, step: number, line: number) => {
    const to = new Array<number>(from.length);
    for (let l = 0; l < count; l++) {
      for (let i = 0; i < length; i++) {
        const [low, high] = [Math.max(0, i - radius), Math.min(length - 1, i + radius)];
        let sum = 0;
        for (let j = low; j <= high; j++) sum += from[l * line + j * step]!;
        to[l * line + i * step] = sum / (high - low + 1);
      }
    }
    return to;
  };
  return along(along(plane, height, width, 1, width), width, height, width, 1);
}

/**
 * Area over the perturbation curve (Samek et al. 2017, eq. 12): the mean over all steps, the untouched input included,
 * of score(x) − score(x with k steps replaced). High under MoRF and low under LeRF is right; LeRF's curve less MoRF's
 * (ABPC) is AOPC(MoRF) − AOPC(LeRF).
 *
 * @param scores from {@link perturbed}'s inputs, the untouched one first
 */
export function areaOverCurve(scores: readonly number[]): number {
  const [first] = scores;
  if (first === undefined) throw new SalientError('bad-argument', 'a perturbation curve has at least one score');
  return scores.reduce((sum, score) => sum + first - score, 0) / scores.length;
}
