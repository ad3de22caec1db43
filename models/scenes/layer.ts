import { type Affine, inverse } from './affine.ts';
import type { Path } from './path.ts';

/** Writes the colour at a point of the drawing into `out` (three numbers, RGB in [0, 1]). */
export type Shader = (x: number, y: number, out: Float64Array) => void;

/** A square picture with transparency: premultiplied RGB and opacity, per pixel, in [0, 1]. */
export class Layer {
  readonly side: number;
  readonly rgb: Float32Array;
  readonly alpha: Float32Array;
  readonly #areas: Float64Array;

  constructor(side: number) {
    this.side = side;
    this.rgb = new Float32Array(side * side * 3);
    this.alpha = new Float32Array(side * side);
    this.#areas = new Float64Array(side * (side + 2));
  }

  /**
   * Fills the union of a path's outlines. A pixel is covered by the exact area that the outline takes of it: each edge
   * deposits its signed area in the pixels that it crosses, and a running sum along the row gives the coverage.
   */
  fill(path: Path, toPixels: Affine, shader: Shader): void {
    let top = this.side;
    let bottom = 0;
    for (const outline of path.outlines) {
      const points = transformed(outline, toPixels);
      if (signedArea(points) < 0) reverse(points);
      for (let i = 0; i < points.length; i += 2) {
        const j = (i + 2) % points.length;
        this.#depositEdge(points[i]!, points[i + 1]!, points[j]!, points[j + 1]!);
        top = Math.min(top, Math.floor(points[i + 1]!));
        bottom = Math.max(bottom, Math.ceil(points[i + 1]!));
      }
    }
    this.#paint(Math.max(0, top), Math.min(this.side, bottom), inverse(toPixels), shader);
  }

  #depositEdge(x0: number, y0: number, x1: number, y1: number): void {
    if (y0 === y1) return;
    const sign = y0 < y1 ? 1 : -1;
    const [startX, startY, endX, endY] = sign > 0 ? [x0, y0, x1, y1] : [x1, y1, x0, y0];
    const slope = (endX - startX) / (endY - startY);
    const lastRow = Math.min(this.side, Math.ceil(endY));
    for (let row = Math.max(0, Math.floor(startY)); row < lastRow; row++) {
      const yTop = Math.max(startY, row);
      const yBottom = Math.min(endY, row + 1);
      const height = yBottom - yTop;
      if (height > 0) {
        const xTop = startX + (yTop - startY) * slope;
        this.#depositInRow(row, xTop, xTop + height * slope, sign * height);
      }
    }
  }

  #depositInRow(row: number, xa: number, xb: number, height: number): void {
    const left = Math.min(Math.max(Math.min(xa, xb), 0), this.side);
    const right = Math.min(Math.max(xa, xb, 0), this.side);
    const base = row * (this.side + 2);
    const lastColumn = Math.floor(right);
    for (let column = Math.floor(left); column <= lastColumn; column++) {
      const from = Math.max(left, column);
      const to = Math.min(right, column + 1);
      const share = right > left ? (height * (to - from)) / (right - left) : height;
      const beside = (from + to) / 2 - column;
      this.#areas[base + column]! += share * (1 - beside);
      this.#areas[base + column + 1]! += share * beside;
    }
  }

  /** Turns the deposited areas into coverage, paints, and leaves the areas zero for the next path. */
  #paint(top: number, bottom: number, toDrawing: Affine, shader: Shader): void {
    const { side, rgb, alpha } = this;
    const areas = this.#areas;
    const { a, b, c, d, e, f } = toDrawing;
    const color = new Float64Array(3);
    for (let row = top; row < bottom; row++) {
      const base = row * (side + 2);
      const y = row + 0.5;
      let area = 0;
      for (let column = 0; column < side; column++) {
        area += areas[base + column]!;
        if (area > -1e-6 && area < 1e-6) continue;
        const cover = Math.min(1, Math.abs(area));
        const x = column + 0.5;
        shader(a * x + c * y + e, b * x + d * y + f, color);
        const pixel = row * side + column;
        const rest = 1 - cover;
        alpha[pixel] = alpha[pixel]! * rest + cover;
        for (let channel = 0; channel < 3; channel++) {
          const at = pixel * 3 + channel;
          rgb[at] = rgb[at]! * rest + color[channel]! * cover;
        }
      }
      areas.fill(0, base, base + side + 2);
    }
  }

  /** Lays another layer of the same size over this one. */
  over(upper: Layer): void {
    for (let pixel = 0; pixel < this.alpha.length; pixel++) {
      const cover = upper.alpha[pixel]!;
      if (cover === 0) continue;
      const rest = 1 - cover;
      this.alpha[pixel] = this.alpha[pixel]! * rest + cover;
      for (let at = pixel * 3; at < pixel * 3 + 3; at++) this.rgb[at] = this.rgb[at]! * rest + upper.rgb[at]!;
    }
  }

  /** Darkens this layer by the soft shadow of another, moved by (dx, dy) pixels. */
  shadowOf(upper: Layer, dx: number, dy: number, strength: number): void {
    const { side } = this;
    const soft = softened(upper.alpha, side, Math.round(side / 40));
    for (let y = Math.max(0, dy); y < Math.min(side, side + dy); y++) {
      for (let x = Math.max(0, dx); x < Math.min(side, side + dx); x++) {
        const shade = soft[(y - dy) * side + x - dx]!;
        if (shade === 0) continue;
        const light = 1 - strength * shade;
        const at = (y * side + x) * 3;
        this.rgb[at]! *= light;
        this.rgb[at + 1]! *= light;
        this.rgb[at + 2]! *= light;
      }
    }
  }
}

function transformed(outline: readonly number[], m: Affine): Float64Array {
  const points = new Float64Array(outline.length);
  for (let i = 0; i < outline.length; i += 2) {
    const x = outline[i]!;
    const y = outline[i + 1]!;
    points[i] = m.a * x + m.c * y + m.e;
    points[i + 1] = m.b * x + m.d * y + m.f;
  }
  return points;
}

function signedArea(points: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < points.length; i += 2) {
    const j = (i + 2) % points.length;
    sum += points[i]! * points[j + 1]! - points[j]! * points[i + 1]!;
  }
  return sum / 2;
}

/** Turns the outline round, so that all outlines of a path have one sense and overlapping ones add up. */
function reverse(points: Float64Array): void {
  points.reverse();
  for (let i = 0; i < points.length; i += 2) {
    const y = points[i]!;
    points[i] = points[i + 1]!;
    points[i + 1] = y;
  }
}

/** A box blur along each axis. */
function softened(plane: Float32Array, side: number, radius: number): Float32Array {
  const rows = new Float32Array(plane.length);
  for (let line = 0; line < side; line++) boxBlurLine(plane, rows, line * side, 1, side, radius);
  const both = new Float32Array(plane.length);
  for (let line = 0; line < side; line++) boxBlurLine(rows, both, line, side, side, radius);
  return both;
}

function boxBlurLine(
  from: Float32Array,
  to: Float32Array,
  start: number,
  step: number,
  n: number,
  radius: number,
): void {
  let sum = 0;
  for (let i = 0; i < radius; i++) sum += from[start + i * step]!;
  for (let i = 0; i < n; i++) {
    if (i + radius < n) sum += from[start + (i + radius) * step]!;
    if (i - radius > 0) sum -= from[start + (i - radius - 1) * step]!;
    to[start + i * step] = Math.max(0, sum / (2 * radius + 1));
  }
}
