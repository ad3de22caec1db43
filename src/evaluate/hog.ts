import { SalientError } from '../error.ts';
import { correlation } from './similarity.ts';

/*
 * Histograms of oriented gradients (Dalal & Triggs 2005), by which Adebayo et al. (2018) compare maps besides ranks and
 * SSIM: shapes count, not single values.
 */

const CELL = 8;
const ORIENTATIONS = 9;
/** Cells along a block's side. */
const BLOCK = 3;
const EPSILON = 1e-5;
/** The shorter side that a map must have, in pixels. */
export const HOG_LEAST = BLOCK * CELL;
/** Above this an entry of a normalised block is cut (L2-Hys). */
const CUT = 0.2;

/**
 * The descriptor of a map: nine orientations of 180°, cells of 8×8 pixels, blocks of 3×3 cells at every cell, normalised
 * by L2-Hys, as scikit-image's default is. Gradients are central differences, 0 at the border; each pixel counts for one
 * orientation, by its magnitude.
 *
 * @param map [H·W]
 * @returns [blocks down, blocks across, 3, 3, 9], row by row
 * @throws SalientError 'shape-mismatch' for maps of less than 24×24
 */
export function orientedGradients(map: ArrayLike<number>, height: number, width: number): Float64Array {
  const [rows, columns] = [Math.floor(height / CELL), Math.floor(width / CELL)];
  if (map.length !== height * width || rows < BLOCK || columns < BLOCK) {
    throw new SalientError(
      'shape-mismatch',
      `oriented gradients need maps of at least ${HOG_LEAST}×${HOG_LEAST}; found ${map.length} values as ${height}×${width}`,
    );
  }
  const cells = new Float64Array(rows * columns * ORIENTATIONS);
  for (let y = 0; y < rows * CELL; y++) {
    for (let x = 0; x < columns * CELL; x++) {
      const at = y * width + x;
      const down = y === 0 || y === height - 1 ? 0 : map[at + width]! - map[at - width]!;
      const across = x === 0 || x === width - 1 ? 0 : map[at + 1]! - map[at - 1]!;
      const angle = (Math.atan2(down, across) / Math.PI + 1) % 1;
      const orientation = Math.min(Math.floor(angle * ORIENTATIONS), ORIENTATIONS - 1);
      const cell = Math.floor(y / CELL) * columns + Math.floor(x / CELL);
      cells[cell * ORIENTATIONS + orientation]! += Math.hypot(down, across) / CELL ** 2;
    }
  }
  const size = BLOCK ** 2 * ORIENTATIONS;
  const blocks: number[][] = [];
  for (let row = 0; row + BLOCK <= rows; row++) {
    for (let column = 0; column + BLOCK <= columns; column++) {
      const block = Array.from({ length: size }, (_, i) => {
        const [dy, dx] = [Math.floor(i / (BLOCK * ORIENTATIONS)), Math.floor(i / ORIENTATIONS) % BLOCK];
        return cells[((row + dy) * columns + column + dx) * ORIENTATIONS + (i % ORIENTATIONS)]!;
      });
      blocks.push(normalised(normalised(block).map((value) => Math.min(value, CUT))));
    }
  }
  return Float64Array.from(blocks.flat());
}

function normalised(block: readonly number[]): number[] {
  const norm = Math.sqrt(block.reduce((sum, value) => sum + value * value, EPSILON ** 2));
  return block.map((value) => value / norm);
}

/** Pearson's correlation of two maps' {@link orientedGradients}; 0 where one has no gradient at all. */
export function hogSimilarity(a: ArrayLike<number>, b: ArrayLike<number>, height: number, width: number): number {
  return correlation(orientedGradients(a, height, width), orientedGradients(b, height, width));
}
