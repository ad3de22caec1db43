import type { RgbImage } from '../rgb-image.ts';
import { blend, type Colour } from './canvas.ts';

/** A straight piece of a pen's path; a dot where both ends are the same. */
export type Segment = readonly [x0: number, y0: number, x1: number, y1: number];

/**
 * Draws a path with a round pen `width` pixels wide, antialiased: each pixel is inked once, by how far the pen, at its
 * nearest, covers it. Integers are pixels' edges.
 */
export function drawStroke(
  canvas: RgbImage,
  segments: readonly Segment[],
  width: number,
  colour: Colour,
  opacity = 1,
): void {
  if (segments.length === 0) return;
  const reach = width / 2 + 1;
  const xs = segments.flatMap(([x0, , x1]) => [x0, x1]);
  const ys = segments.flatMap(([, y0, , y1]) => [y0, y1]);
  for (let y = Math.floor(Math.min(...ys) - reach); y <= Math.max(...ys) + reach; y++) {
    for (let x = Math.floor(Math.min(...xs) - reach); x <= Math.max(...xs) + reach; x++) {
      const distance = Math.min(...segments.map((segment) => distanceTo(segment, x + 0.5, y + 0.5)));
      const ink = Math.min(Math.max(width / 2 + 0.5 - distance, 0), 1);
      if (ink > 0) blend(canvas, x, y, colour, opacity * ink);
    }
  }
}

function distanceTo([x0, y0, x1, y1]: Segment, x: number, y: number): number {
  const dx = x1 - x0;
  const dy = y1 - y0;
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : Math.min(Math.max(((x - x0) * dx + (y - y0) * dy) / length, 0), 1);
  return Math.hypot(x - x0 - along * dx, y - y0 - along * dy);
}
