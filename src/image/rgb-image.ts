import { SalientError } from '../error.ts';

/** A picture of 8-bit sRGB pixels: `data` holds R, G, B of each pixel, row by row from the top left. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
  /** By how much each side is smaller than in the file, where a large picture was reduced while it was decoded. */
  readonly reduced?: Reduction;
}

/** Pixels of a file, along each side, that one pixel of the decoded picture stands for. */
export type Reduction = 2 | 4 | 8;

/** A rectangle of pixels; `x` and `y` are its left and top edge. */
export interface Region {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The most pixels that a photograph's file may have. */
const LARGEST_IMAGE = 100_000_000;

/** The longest side; JPEG ends at 65,535. */
const LONGEST_SIDE = 2 ** 18;

/** The most pixels that a decoded photograph has by default: more than any network looks at, and 50 MB of RGB. */
export const DECODED_PIXELS = 2 ** 24;

/**
 * Makes sure, before anything is allocated, that a photograph's size is possible and can be held in memory.
 *
 * @throws SalientError `bad-image`
 */
export function checkSize(width: number, height: number): void {
  if (width === 0 || height === 0) throw new SalientError('bad-image', `the image is ${width}×${height}: no pixels`);
  if (width * height > LARGEST_IMAGE) {
    const millions = Math.round((width * height) / 1e6);
    throw new SalientError(
      'bad-image',
      `the image has ${width}×${height} pixels (${millions} million); at most 100 million are read, so make it smaller`,
    );
  }
  if (Math.max(width, height) > LONGEST_SIDE) {
    throw new SalientError(
      'bad-image',
      `the image is ${width}×${height}, but a side may have at most ${LONGEST_SIDE} pixels; cut it into pieces`,
    );
  }
}

/** By how much a picture must be reduced to have at most so many pixels; an eighth is the smallest there is. */
export function reductionFor(width: number, height: number, pixels: number): 1 | Reduction {
  const fits = (by: number) => Math.ceil(width / by) * Math.ceil(height / by) <= pixels;
  return ([1, 2, 4] as const).find(fits) ?? 8;
}

/**
 * RGBA pixels (of a canvas's `ImageData`, alpha not premultiplied) as RGB: transparent ones are composited over white.
 */
export function fromRgba(image: { width: number; height: number; data: ArrayLike<number> }): RgbImage {
  const pixels = image.width * image.height;
  const data = new Uint8Array(pixels * 3);
  for (let i = 0; i < pixels; i++) {
    const alpha = image.data[4 * i + 3]!;
    for (let c = 0; c < 3; c++) data[3 * i + c] = overWhite(image.data[4 * i + c]!, alpha);
  }
  return { width: image.width, height: image.height, data };
}

/** The picture without its colours (luma of ITU-R BT.601), so that colours laid over it stand out. */
export function toGrey(image: RgbImage): RgbImage {
  const data = new Uint8Array(image.data.length);
  for (let i = 0; i < data.length; i += 3) {
    const luma = 0.299 * image.data[i]! + 0.587 * image.data[i + 1]! + 0.114 * image.data[i + 2]!;
    data.fill(Math.round(luma), i, i + 3);
  }
  return { width: image.width, height: image.height, data };
}

/** One 8-bit colour component of opacity `alpha` (0 to 255) over white, rounded. */
export function overWhite(component: number, alpha: number): number {
  return Math.round((component * alpha) / 255 + 255 - alpha);
}
