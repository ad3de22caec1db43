import { resizeRegion } from '../resize.ts';
import type { RgbImage } from '../rgb-image.ts';

/** Enlarges a picture for display by a whole factor: `nearest` shows each pixel as a square, `bilinear` is smooth. */
export function enlarge(image: RgbImage, factor: number, interpolation: 'nearest' | 'bilinear'): RgbImage {
  const width = image.width * factor;
  const height = image.height * factor;
  if (interpolation === 'bilinear') return resizeRegion(image, width, height, { x: 0, y: 0, width, height });
  const data = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++) {
    const row = Math.floor(y / factor) * image.width;
    for (let x = 0; x < width; x++) {
      const from = 3 * (row + Math.floor(x / factor));
      for (let c = 0; c < 3; c++) data[3 * (y * width + x) + c] = image.data[from + c]!;
    }
  }
  return { width, height, data };
}
