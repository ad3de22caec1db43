import { SalientError } from '../error.ts';

/*
 * Where a map puts its weight, against the true place of the object: the share of relevance inside the object (Kohlbrenner
 * et al., "Towards Best Practice in Explaining Neural Network Decisions with LRP", IJCNN 2020, their μ) and the pointing
 * game (Zhang et al., "Top-Down Neural Attention by Excitation Backprop", ECCV 2016). A smooth map wins such measures by
 * its smoothness alone, so a blurred relevance map belongs beside every smooth one as a control.
 */

/** Any list of numbers, row by row. */
type Numbers = ArrayLike<number>;

/**
 * The share of a map's positive relevance that lies inside the mask.
 *
 * @param map [H·W] relevance, signed; negative values count as 0
 * @param mask [H·W] non-zero on the object
 * @returns in [0, 1]; 0 for a map without positive relevance
 */
export function massInside(map: Numbers, mask: Numbers): number {
  requireSameSize(map, mask);
  let inside = 0;
  let total = 0;
  for (let i = 0; i < map.length; i++) {
    const mass = Math.max(0, map[i]!);
    total += mass;
    if (mask[i] !== 0) inside += mass;
  }
  return total > 0 ? inside / total : 0;
}

/**
 * The pointing game: whether the map's maximum lies inside the mask.
 *
 * @param map [H·W]
 * @param mask [H·W] non-zero on the object
 * @returns true for a hit; of several equal maxima every one must be inside, so a constant map is a miss
 */
export function pointingGame(map: Numbers, mask: Numbers): boolean {
  requireSameSize(map, mask);
  let maximum = Number.NEGATIVE_INFINITY;
  let hit = false;
  for (let i = 0; i < map.length; i++) {
    const value = map[i]!;
    const inside = mask[i] !== 0;
    if (value > maximum) {
      maximum = value;
      hit = inside;
    } else if (value === maximum) {
      hit &&= inside;
    }
  }
  return hit;
}

/**
 * Relevance rank accuracy (Arras, Osman, Samek 2022, CLEVR-XAI): of the K highest values, K the size of the object, the
 * share that lies inside; equal values in reading order.
 *
 * @param map [H·W]
 * @param mask [H·W] non-zero on the object
 */
export function rankAccuracy(map: Numbers, mask: Numbers): number {
  requireSameSize(map, mask);
  const size = Array.from(mask).filter((value) => value !== 0).length;
  if (size === 0) return 0;
  const highest = Uint32Array.from({ length: map.length }, (_, i) => i)
    .sort((a, b) => map[b]! - map[a]! || a - b)
    .subarray(0, size);
  let inside = 0;
  for (const index of highest) if (mask[index] !== 0) inside++;
  return inside / size;
}

/**
 * Inside-total ratio weighted by size (Kohlbrenner et al. 2020, their weighted μ): {@link massInside} times the image's
 * size over the object's, so that 1 is what an even map has.
 */
export function weightedMassInside(map: Numbers, mask: Numbers): number {
  const size = Array.from(mask).filter((value) => value !== 0).length;
  return size === 0 ? 0 : (massInside(map, mask) * mask.length) / size;
}

/**
 * A map blurred by a Gaussian, cut off at four sigma and brought to sum 1; beyond its border the map is mirrored about
 * the border (d c b a | a b c d), so that its total is kept.
 *
 * @param map [H, W] row by row
 * @param sigma standard deviation in pixels; 0 gives a copy
 * @returns [H, W]
 */
export function gaussianBlur(map: Numbers, height: number, width: number, sigma: number): Float32Array<ArrayBuffer> {
  if (map.length !== height * width) {
    throw new SalientError(
      'shape-mismatch',
      `the map has ${map.length} values, but ${height}×${width} need ${height * width}`,
    );
  }
  if (!(sigma >= 0 && Number.isFinite(sigma))) {
    throw new SalientError('bad-argument', `sigma is ${sigma}, but must be a finite number of pixels from 0 on`);
  }
  const kernel = gaussianKernel(sigma);
  const rows = new Float64Array(map.length);
  for (let y = 0; y < height; y++) blurLine(map, rows, y * width, 1, width, kernel);
  const blurred = new Float32Array(map.length);
  for (let x = 0; x < width; x++) blurLine(rows, blurred, x, width, height, kernel);
  return blurred;
}

/** Weights at distances 0, 1, 2, …; with both sides they sum to 1. */
function gaussianKernel(sigma: number): Float64Array {
  const radius = Math.ceil(4 * sigma);
  const kernel = Float64Array.from({ length: radius + 1 }, (_, i) =>
    i === 0 ? 1 : Math.exp(-(i * i) / (2 * sigma * sigma)),
  );
  const sum = kernel.reduce((total, weight) => total + 2 * weight, -kernel[0]!);
  return kernel.map((weight) => weight / sum);
}

function blurLine(
  from: Numbers,
  to: Float64Array | Float32Array,
  start: number,
  step: number,
  length: number,
  kernel: Float64Array,
): void {
  for (let i = 0; i < length; i++) {
    let sum = kernel[0]! * from[start + i * step]!;
    for (let distance = 1; distance < kernel.length; distance++) {
      const before = from[start + mirrored(i - distance, length) * step]!;
      const after = from[start + mirrored(i + distance, length) * step]!;
      sum += kernel[distance]! * (before + after);
    }
    to[start + i * step] = sum;
  }
}

function mirrored(index: number, length: number): number {
  // Nearly always; the two divisions below cost ten times the sum.
  if (index >= 0 && index < length) return index;
  const period = 2 * length;
  const position = ((index % period) + period) % period;
  return position < length ? position : period - 1 - position;
}

function requireSameSize(map: Numbers, mask: Numbers): void {
  if (map.length !== mask.length) {
    throw new SalientError(
      'shape-mismatch',
      `the map has ${map.length} values and the mask ${mask.length}; resize one to the other`,
    );
  }
}
