import type { Region, RgbImage } from './rgb-image.ts';

/** Bits behind the point of a filter weight: 32 less 8 of the pixel, less 2 for sign and overshoot. */
const PRECISION = 22;

/** What one resized row or column is made of: `weights.length` source pixels from `first` on. */
interface Taps {
  readonly first: number;
  readonly weights: Int32Array;
}

/**
 * A region of the picture resized to `width`×`height`, antialiased bilinear, as Pillow's `Image.resize(BILINEAR)` makes
 * it to the bit: a triangle filter as wide as the reduction, rows first, each pass in fixed point and rounded to 8 bits.
 * Only what the region needs is computed, so that a crop of an absurdly long picture takes no more memory than the crop.
 */
export function resizeRegion(image: RgbImage, width: number, height: number, region: Region): RgbImage {
  const columns = triangleTaps(image.width, width, region.x, region.width);
  const rows = triangleTaps(image.height, height, region.y, region.height);
  const firstRow = rows[0]!.first;
  const lastRow = rows.at(-1)!.first + rows.at(-1)!.weights.length;
  const narrow = new Uint8Array((lastRow - firstRow) * region.width * 3);
  for (let y = firstRow; y < lastRow; y++) {
    const to = (y - firstRow) * region.width * 3;
    columns.forEach((taps, x) => {
      const from = (y * image.width + taps.first) * 3;
      for (let c = 0; c < 3; c++) narrow[to + 3 * x + c] = weigh(image.data, from + c, 3, taps.weights);
    });
  }
  const data = new Uint8Array(region.width * region.height * 3);
  const stride = region.width * 3;
  rows.forEach((taps, y) => {
    const from = (taps.first - firstRow) * stride;
    for (let i = 0; i < stride; i++) data[y * stride + i] = weigh(narrow, from + i, stride, taps.weights);
  });
  return { width: region.width, height: region.height, data };
}

/** The taps of positions `first` to `first + count` of an axis resized from `from` to `to` pixels. */
function triangleTaps(from: number, to: number, first: number, count: number): Taps[] {
  const scale = from / to;
  const support = Math.max(scale, 1);
  return Array.from({ length: count }, (_, i) => {
    const centre = (first + i + 0.5) * scale;
    const start = Math.max(Math.trunc(centre - support + 0.5), 0);
    const end = Math.min(Math.trunc(centre + support + 0.5), from);
    const weights = Array.from({ length: end - start }, (_, tap) =>
      Math.max(1 - Math.abs((tap + start - centre + 0.5) / support), 0),
    );
    const sum = weights.reduce((a, b) => a + b, 0);
    const fixed = weights.map((weight) => Math.trunc((weight / sum) * 2 ** PRECISION + 0.5));
    return { first: start, weights: Int32Array.from(fixed) };
  });
}

/** Σ weight·value in fixed point, rounded to 8 bits. */
function weigh(data: Uint8Array, at: number, step: number, weights: Int32Array): number {
  let sum = 1 << (PRECISION - 1);
  for (let i = 0; i < weights.length; i++) sum += data[at + i * step]! * weights[i]!;
  return Math.min(sum >> PRECISION, 255);
}
