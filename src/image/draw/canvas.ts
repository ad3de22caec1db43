import type { Region, RgbImage } from '../rgb-image.ts';

export type Colour = readonly [red: number, green: number, blue: number];

/** A picture of one colour to draw on; the functions here and in `text.ts` change its pixels. */
export function blankImage(width: number, height: number, colour: Colour): RgbImage {
  const image = { width, height, data: new Uint8Array(width * height * 3) };
  fill(image, { x: 0, y: 0, width, height }, colour);
  return image;
}

/** Fills a rectangle, as far as it lies on the canvas. */
export function fill(canvas: RgbImage, region: Region, colour: Colour): void {
  const right = Math.min(region.x + region.width, canvas.width);
  const bottom = Math.min(region.y + region.height, canvas.height);
  for (let y = Math.max(region.y, 0); y < bottom; y++) {
    for (let x = Math.max(region.x, 0); x < right; x++) canvas.data.set(colour, 3 * (y * canvas.width + x));
  }
}

/** Draws the one pixel wide outline just outside a rectangle. */
export function frame(canvas: RgbImage, { x, y, width, height }: Region, colour: Colour): void {
  fill(canvas, { x: x - 1, y: y - 1, width: width + 2, height: 1 }, colour);
  fill(canvas, { x: x - 1, y: y + height, width: width + 2, height: 1 }, colour);
  fill(canvas, { x: x - 1, y, width: 1, height }, colour);
  fill(canvas, { x: x + width, y, width: 1, height }, colour);
}

/** Copies a picture onto the canvas, on which it must have room. */
export function paste(canvas: RgbImage, image: RgbImage, left: number, top: number): void {
  for (let y = 0; y < image.height; y++) {
    const row = image.data.subarray(3 * y * image.width, 3 * (y + 1) * image.width);
    canvas.data.set(row, 3 * ((top + y) * canvas.width + left));
  }
}

/** Mixes a colour into one pixel; a pixel beyond the canvas is left out. */
export function blend(canvas: RgbImage, x: number, y: number, colour: Colour, opacity: number): void {
  if (x < 0 || y < 0 || x >= canvas.width || y >= canvas.height) return;
  const at = 3 * (y * canvas.width + x);
  for (let c = 0; c < 3; c++) {
    const under = canvas.data[at + c]!;
    canvas.data[at + c] = Math.round(under + (colour[c]! - under) * opacity);
  }
}
