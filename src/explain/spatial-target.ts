import { SalientError } from '../error.ts';
import { findClass } from '../image/labels.ts';
import { formatShape, type Tensor } from '../tensor/tensor.ts';
import { type ClassPlace, type Target, targetRank } from './target.ts';

/** Scores of classes at each pixel of a network's output, [C,h,w]. */
export interface ScoreMap {
  readonly data: ArrayLike<number>;
  readonly classes: number;
  readonly height: number;
  readonly width: number;
}

/** A target on a spatial output, with a mask that has the output's size. */
export type SpatialTarget = Exclude<Target, ClassPlace> | (Omit<ClassPlace, 'mask'> & { readonly mask?: Tensor });

/**
 * The likeliest class at each pixel. Of a single class: 0 where its score is positive, −1 where it is not.
 */
export function classMap({ data, classes, height, width }: ScoreMap): Int32Array {
  const pixels = height * width;
  return Int32Array.from({ length: pixels }, (_, pixel) => {
    if (classes === 1) return data[pixel]! > 0 ? 0 : -1;
    let best = 0;
    for (let c = 1; c < classes; c++) if (data[c * pixels + pixel]! > data[best * pixels + pixel]!) best = c;
    return best;
  });
}

/**
 * Weights [C·h·w] of a target on a spatial output: the mean score of one class over some pixels, which are those of the
 * target's position, box or mask, else all for which the class is the likeliest (Vinogradova et al. 2020, Seg-Grad-CAM).
 * A class that is not named is the one with the most pixels among them.
 *
 * @throws SalientError 'bad-argument' for a class, a position or a mask that the output does not have
 */
export function spatialWeights(target: SpatialTarget, scores: ScoreMap, labels: readonly string[]): Float32Array {
  const { classes, height, width } = scores;
  const pixels = height * width;
  if (isWeights(target)) {
    if (target.length === classes * pixels && Array.from(target).every(Number.isFinite))
      return Float32Array.from(target);
    throw new SalientError(
      'bad-argument',
      `the target has ${target.length} weights; expected ${classes * pixels} finite numbers, one for each class and pixel`,
    );
  }
  const likeliest = classMap(scores);
  const { wanted, region } = placeOf(target, scores, labels);
  const order = byPixels(likeliest, classes, region);
  const rank = wanted === undefined ? (targetRank(target as Target, classes) ?? 0) : 0;
  const index = wanted ?? order[rank]!;
  const chosen = region ?? Array.from(likeliest.keys()).filter((pixel) => likeliest[pixel] === index);
  if (chosen.length === 0) {
    throw new SalientError(
      'bad-argument',
      `no pixel is likeliest to be class ${index} (${labels[index]}); give a position, a box or a mask with it`,
    );
  }
  const weights = new Float32Array(classes * pixels);
  for (const pixel of chosen) weights[index * pixels + pixel] = 1 / chosen.length;
  return weights;
}

/** Classes by how many of the pixels (default: all) they are likeliest for, most first. */
function byPixels(likeliest: Int32Array, classes: number, region?: readonly number[]): number[] {
  const counts = new Int32Array(classes);
  for (const pixel of region ?? likeliest.keys()) if (likeliest[pixel]! >= 0) counts[likeliest[pixel]!]!++;
  return Array.from(counts.keys()).sort((a, b) => counts[b]! - counts[a]! || a - b);
}

interface Wanted {
  /** The class that is named. */
  readonly wanted?: number | undefined;
  /** The pixels that are named. */
  readonly region?: readonly number[] | undefined;
}

function placeOf(target: SpatialTarget, scores: ScoreMap, labels: readonly string[]): Wanted {
  if (target === 'predicted') return {};
  if (typeof target === 'string') {
    // `class@y,x`
    const match = /^(.*)@\s*(\d+)\s*,\s*(\d+)$/.exec(target);
    if (match === null) return { wanted: findClass(labels, target) };
    const [, name, y, x] = match as unknown as [string, string, string, string];
    const position = [Number(y), Number(x)] as const;
    const isAny = name.trim() === '' || name.trim() === 'predicted';
    return placeOf({ ...(isAny ? {} : { class: name }), position }, scores, labels);
  }
  if (typeof target === 'number') return { wanted: checkedClass(target, scores.classes) };
  if (typeof target !== 'object' || target === null || 'rank' in target || isWeights(target)) return {};
  const { class: named, position, box, mask } = target;
  const wanted =
    named === undefined || named === 'predicted'
      ? undefined
      : typeof named === 'string'
        ? findClass(labels, named)
        : checkedClass(named, scores.classes);
  return { wanted, region: regionOf(position, box, mask, scores) };
}

function regionOf(
  position: ClassPlace['position'],
  box: ClassPlace['box'],
  mask: Tensor | undefined,
  { height, width }: ScoreMap,
): number[] | undefined {
  if ([position, box, mask].filter((each) => each !== undefined).length > 1) {
    throw new SalientError('bad-argument', 'a target has a position, a box or a mask; give one of them');
  }
  if (position !== undefined) return pixelsIn([...position, position[0] + 1, position[1] + 1], height, width);
  if (box !== undefined) return pixelsIn(box, height, width);
  if (mask === undefined) return undefined;
  if (mask.shape.length !== 2 || mask.shape[0] !== height || mask.shape[1] !== width) {
    throw new SalientError(
      'bad-argument',
      `the mask is ${formatShape(mask.shape)}; expected the output's ${height}×${width}`,
    );
  }
  const region = Array.from(mask.data.keys()).filter((pixel) => mask.data[pixel]! > 0.5);
  if (region.length === 0) throw new SalientError('bad-argument', 'the mask holds no pixel: all of it is black');
  return region;
}

function pixelsIn(box: readonly number[], height: number, width: number): number[] {
  const [top, left, bottom, right] = box as [number, number, number, number];
  const isBox = box.length === 4 && box.every(Number.isInteger);
  if (!isBox || top < 0 || left < 0 || bottom > height || right > width || top >= bottom || left >= right) {
    throw new SalientError(
      'bad-argument',
      `the target's pixels are rows ${top} to ${bottom} and columns ${left} to ${right} (ends not included); expected some within ${height}×${width}`,
    );
  }
  const region: number[] = [];
  for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) region.push(y * width + x);
  return region;
}

function checkedClass(index: number, classes: number): number {
  if (Number.isInteger(index) && index >= 0 && index < classes) return index;
  throw new SalientError('bad-argument', `there is no class ${index}; the network has classes 0 to ${classes - 1}`);
}

function isWeights(target: SpatialTarget): target is Float32Array | readonly number[] {
  return typeof target === 'object' && target !== null && 'length' in target;
}
