import { SalientError } from '../error.ts';
import { findClass } from '../image/labels.ts';
import type { RgbImage } from '../image/rgb-image.ts';
import type { SeedAttributes } from '../kernels/seed/operation.ts';
import type { Tensor } from '../tensor/tensor.ts';

/**
 * Whose evidence is asked for: the predicted class of each sample, the one with `rank` others before it, a class by index
 * or label, or a weight per class. Of a network that scores classes at each pixel (segmentation): also the pixels, where
 * a label may be `label@y,x`; weights are one for each class and pixel then.
 */
export type Target =
  | 'predicted'
  | { readonly rank: number }
  | number
  | string
  | ClassPlace
  | Float32Array
  | readonly number[];

/** A class at some pixels of a spatial output [C,h,w]: one of position, box and mask, in the output's own pixels. */
export interface ClassPlace {
  /** Default: the likeliest at most of these pixels. */
  readonly class?: number | string | undefined;
  readonly position?: readonly [y: number, x: number] | undefined;
  /** The last two are the first row and column that do not belong to it. */
  readonly box?: readonly [top: number, left: number, bottom: number, right: number] | undefined;
  /** [h,w], greater than ½ where a pixel belongs to it; or a picture as large as the photograph, white where. */
  readonly mask?: Tensor | RgbImage | undefined;
}

/**
 * What relevance starts from: the target's logit, 1, the logit against the mean of all others (`contrastive`), or against the
 * likeliest other class (`runner-up`).
 */
export type Init = SeedAttributes['init'];

/** How many classes are before the target in the order of the logits; nothing where the target does not depend on them. */
export function targetRank(target: Target, classes: number): number | undefined {
  if (target === 'predicted') return 0;
  if (typeof target !== 'object' || target === null || !('rank' in target)) return undefined;
  const { rank } = target;
  if (Number.isInteger(rank) && rank >= 0 && rank < classes) return rank;
  throw new SalientError(
    'bad-argument',
    `the target's rank is ${rank}; expected 0 to ${classes - 1}, as there are classes`,
  );
}

/** Weights over `classes` classes of a target; nothing for one by its rank, which the device finds itself. */
export function targetWeights(target: Target, classes: number, labels: readonly string[]): Float32Array | undefined {
  if (targetRank(target, classes) !== undefined) return undefined;
  if (typeof target === 'object' && target !== null && 'length' in target) {
    if (target.length === classes && target.every(Number.isFinite)) return Float32Array.from(target);
    throw new SalientError(
      'bad-argument',
      `the target has ${target.length} weights; expected ${classes} finite numbers, one per class`,
    );
  }
  if (typeof target === 'object' && target !== null && ['position', 'box', 'mask'].some((name) => name in target)) {
    throw new SalientError(
      'bad-argument',
      'the network gives one score for each class; a target at some pixels needs one that gives them for each pixel',
    );
  }
  if (typeof target !== 'number' && typeof target !== 'string') {
    throw new SalientError(
      'bad-argument',
      `the target is ${String(target)}; expected 'predicted', a rank, a class's number or label, or a weight for each class`,
    );
  }
  const index = typeof target === 'number' ? target : findClass(labels, target);
  if (!Number.isInteger(index) || index < 0 || index >= classes) {
    throw new SalientError('bad-argument', `there is no class ${index}; the network has classes 0 to ${classes - 1}`);
  }
  const weights = new Float32Array(classes);
  weights[index] = 1;
  return weights;
}
