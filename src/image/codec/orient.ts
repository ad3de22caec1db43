import type { Steps } from '../../tensor/turns.ts';
import type { RgbImage } from '../rgb-image.ts';

/** How a camera stored a picture, as EXIF numbers it: 1 is upright, 3 upside down, 6 and 8 lie on a side; even: mirrored. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/** Which edge of the stored picture is read from: where the upright pixel (x, y) lies in it. */
interface Reading {
  /** The stored picture's rows are the upright one's columns. */
  readonly transposed: boolean;
  /** Stored columns run from right to left. */
  readonly fromRight: boolean;
  /** Stored rows run from bottom to top. */
  readonly fromBottom: boolean;
}

const READINGS: Readonly<Record<Orientation, Reading>> = {
  1: { transposed: false, fromRight: false, fromBottom: false },
  2: { transposed: false, fromRight: true, fromBottom: false },
  3: { transposed: false, fromRight: true, fromBottom: true },
  4: { transposed: false, fromRight: false, fromBottom: true },
  5: { transposed: true, fromRight: false, fromBottom: false },
  6: { transposed: true, fromRight: false, fromBottom: true },
  7: { transposed: true, fromRight: true, fromBottom: true },
  8: { transposed: true, fromRight: true, fromBottom: false },
};

/** Turns a stored picture upright, a row a step. */
export function* orient(stored: RgbImage, orientation: Orientation): Steps<RgbImage> {
  if (orientation === 1) return stored;
  const { transposed, fromRight, fromBottom } = READINGS[orientation];
  const width = transposed ? stored.height : stored.width;
  const height = transposed ? stored.width : stored.height;
  const data = new Uint8Array(stored.data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const column = transposed ? y : x;
      const row = transposed ? x : y;
      const storedX = fromRight ? stored.width - 1 - column : column;
      const storedY = fromBottom ? stored.height - 1 - row : row;
      const from = 3 * (storedY * stored.width + storedX);
      const to = 3 * (y * width + x);
      data[to] = stored.data[from]!;
      data[to + 1] = stored.data[from + 1]!;
      data[to + 2] = stored.data[from + 2]!;
    }
    yield;
  }
  return { ...stored, width, height, data };
}
