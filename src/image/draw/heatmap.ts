import { SalientError } from '../../error.ts';
import { requireFinite } from '../../tensor/finite.ts';
import { formatShape, type Tensor } from '../../tensor/tensor.ts';
import type { RgbImage } from '../rgb-image.ts';
import { type Colormap, colourNumber } from './colormap.ts';

/** The sum over channels of a map [C, H, W], which is what is drawn of relevance; a map [H, W] is returned as it is. */
export function sumOverChannels(map: Tensor): Tensor {
  if (map.shape.length === 2) return map;
  const [channels, height, width] = map.shape;
  if (map.shape.length !== 3 || channels === undefined || height === undefined || width === undefined) {
    throw new SalientError('bad-tensor', `a map of shape ${formatShape(map.shape)} cannot be drawn; C×H×W or H×W can`);
  }
  const pixels = height * width;
  const data = new Float64Array(pixels);
  for (let c = 0; c < channels; c++) for (let i = 0; i < pixels; i++) data[i]! += map.data[c * pixels + i]!;
  return { shape: [height, width], data };
}

/**
 * The number at which a map's colours are full: the largest |value|, or that below which `percentile` percent of the
 * |values| lie, lest a few pixels outshine all others. A constant map shows nothing and has scale 0, neutral everywhere.
 *
 * @throws SalientError `bad-tensor` where the map holds NaN or an infinity
 */
export function scaleOf(map: Tensor, percentile = 100): number {
  requireFinite(map, 'the map');
  if (!(percentile > 0 && percentile <= 100)) {
    throw new SalientError('bad-argument', `percentile is ${percentile}; a number above 0, up to 100, is expected`);
  }
  if (map.data.every((value) => value === map.data[0])) return 0;
  const magnitudes = Float64Array.from(map.data, Math.abs).sort();
  const rank = Math.ceil((percentile / 100) * magnitudes.length) - 1;
  // Where most of a map is 0 a percentile may be 0 too; the map is not empty, so its maximum speaks then.
  return magnitudes[rank]! || magnitudes.at(-1)!;
}

/** Draws a map [H, W] (or [C, H, W], summed over channels) in colours, one pixel a value. NaN or an infinity is refused. */
export function heatmap(map: Tensor, colormap: Colormap, scale = scaleOf(sumOverChannels(map))): RgbImage {
  const plane = sumOverChannels(map);
  requireFinite(plane, 'the map');
  const data = new Uint8Array(plane.data.length * 3);
  plane.data.forEach((value, i) => {
    const colour = 3 * colourNumber(colormap, value, scale);
    data.set(colormap.table.subarray(colour, colour + 3), 3 * i);
  });
  return { width: plane.shape[1]!, height: plane.shape[0]!, data };
}

/**
 * Lays a map's colours over a photograph of the same size, with opacity min(|value|/scale, 1): 0 leaves the photograph
 * as it is, the strongest pixels are pure colour.
 *
 * @throws SalientError `shape-mismatch` where the sizes differ
 */
export function overlay(
  photo: RgbImage,
  map: Tensor,
  colormap: Colormap,
  scale = scaleOf(sumOverChannels(map)),
): RgbImage {
  const plane = sumOverChannels(map);
  const [height, width] = plane.shape;
  if (width !== photo.width || height !== photo.height) {
    throw new SalientError(
      'shape-mismatch',
      `a ${width}×${height} map cannot be laid over a ${photo.width}×${photo.height} image; resize one of them`,
    );
  }
  const colours = heatmap(plane, colormap, scale);
  const data = photo.data.map((component, i) => {
    const opacity = scale === 0 ? 0 : Math.min(Math.abs(plane.data[Math.floor(i / 3)]!) / scale, 1);
    return Math.round(component + (colours.data[i]! - component) * opacity);
  });
  return { width: photo.width, height: photo.height, data };
}
