import type { SpatialTarget } from '../explain/spatial-target.ts';
import { type ScoreMap, spatialWeights } from '../explain/spatial-target.ts';
import type { Target } from '../explain/target.ts';
import type { Preprocessing } from '../image/preprocess.ts';
import { resizeRegion } from '../image/resize.ts';
import { type RgbImage, toGrey } from '../image/rgb-image.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Condition } from './explain-options.ts';
import { type Sample, samplesOf } from './input.ts';

/** Conditions for one image of a network with a spatial output, each target by its weights. */
export function atPixels(
  conditions: readonly Condition[],
  scores: ScoreMap,
  labels: readonly string[],
  sample: Sample,
  preprocessing: Preprocessing,
): readonly Condition[] {
  const withMask = (target: Target): SpatialTarget => {
    if (typeof target !== 'object' || !('mask' in target) || target.mask === undefined) return target as SpatialTarget;
    const { mask } = target;
    if (!('width' in mask)) return { ...target, mask };
    // Drawn over the photograph, and so cut and resized like it.
    const seen = sample.shown === undefined ? mask : samplesOf(mask, preprocessing)[0]!.shown!;
    return { ...target, mask: maskOf(seen, scores) };
  };
  return conditions.map(({ target = 'predicted', channels }) => ({
    target: spatialWeights(withMask(target), scores, labels),
    ...(channels && { channels }),
  }));
}

/** 1 where a picture, resized to the output, is rather white than black. */
function maskOf(picture: RgbImage, { height, width }: ScoreMap): Tensor {
  const { data } = toGrey(resizeRegion(picture, width, height, { x: 0, y: 0, width, height }));
  const pixels = Float32Array.from({ length: height * width }, (_, pixel) => (data[3 * pixel]! >= 128 ? 1 : 0));
  return { shape: [height, width], data: pixels };
}
