import { cosine, sine } from './math.ts';

/** A point of a drawing; y grows downwards. */
export type Point = readonly [number, number];

const CURVE_STEPS = 10;
const ELLIPSE_STEPS = 28;

/** The union of closed outlines, each a list x₀, y₀, x₁, y₁, … in the drawing's coordinates. */
export class Path {
  readonly outlines: number[][] = [];

  /** Begins an outline. */
  move(x: number, y: number): this {
    this.outlines.push([x, y]);
    return this;
  }

  /** A straight edge to (x, y). */
  line(x: number, y: number): this {
    this.outlines.at(-1)!.push(x, y);
    return this;
  }

  /** A cubic Bézier curve with control points (ax, ay) and (bx, by). */
  curve(ax: number, ay: number, bx: number, by: number, x: number, y: number): this {
    const outline = this.outlines.at(-1)!;
    const startX = outline.at(-2)!;
    const startY = outline.at(-1)!;
    for (let i = 1; i <= CURVE_STEPS; i++) {
      const t = i / CURVE_STEPS;
      const s = 1 - t;
      const w0 = s * s * s;
      const w1 = 3 * s * s * t;
      const w2 = 3 * s * t * t;
      const w3 = t * t * t;
      outline.push(w0 * startX + w1 * ax + w2 * bx + w3 * x, w0 * startY + w1 * ay + w2 * by + w3 * y);
    }
    return this;
  }

  /** A whole ellipse, turned by `rotation` radians. */
  ellipse(cx: number, cy: number, rx: number, ry: number, rotation = 0): this {
    const cos = cosine(rotation);
    const sin = sine(rotation);
    const outline: number[] = [];
    for (let i = 0; i < ELLIPSE_STEPS; i++) {
      const angle = (i * 2 * Math.PI) / ELLIPSE_STEPS;
      const x = rx * cosine(angle);
      const y = ry * sine(angle);
      outline.push(cx + x * cos - y * sin, cy + x * sin + y * cos);
    }
    this.outlines.push(outline);
    return this;
  }

  /** A whole polygon. */
  polygon(points: readonly Point[]): this {
    this.outlines.push(points.flat());
    return this;
  }

  /** An upright rectangle. */
  rectangle(left: number, top: number, right: number, bottom: number): this {
    return this.polygon([
      [left, top],
      [right, top],
      [right, bottom],
      [left, bottom],
    ]);
  }

  /** A closed smooth curve (Catmull-Rom) through the points. */
  smooth(points: readonly Point[]): this {
    const n = points.length;
    const at = (i: number): Point => points[(i + n) % n]!;
    this.move(...at(0));
    for (let i = 0; i < n; i++) {
      const [p, q, r, s] = [at(i - 1), at(i), at(i + 1), at(i + 2)];
      this.curve(
        q[0] + (r[0] - p[0]) / 6,
        q[1] + (r[1] - p[1]) / 6,
        r[0] - (s[0] - q[0]) / 6,
        r[1] - (s[1] - q[1]) / 6,
        r[0],
        r[1],
      );
    }
    return this;
  }

  /** A line of the given width with round ends and joints; the width runs from `width` to `endWidth`. */
  stroke(points: readonly Point[], width: number, endWidth = width): this {
    const last = points.length - 1;
    const radius = (i: number): number => (width + ((endWidth - width) * i) / last) / 2;
    points.forEach(([x, y], i) => {
      this.ellipse(x, y, radius(i), radius(i));
      const next = points[i + 1];
      if (next === undefined) return;
      const dx = next[0] - x;
      const dy = next[1] - y;
      const length = Math.sqrt(dx * dx + dy * dy) || 1;
      const [ux, uy] = [-dy / length, dx / length];
      const [r, s] = [radius(i), radius(i + 1)];
      this.polygon([
        [x + ux * r, y + uy * r],
        [next[0] + ux * s, next[1] + uy * s],
        [next[0] - ux * s, next[1] - uy * s],
        [x - ux * r, y - uy * r],
      ]);
    });
    return this;
  }
}

/** Points on an arc of an ellipse from angle `from` to `to` (radians, clockwise on the screen, 0 to the right). */
export function arc(cx: number, cy: number, rx: number, ry: number, from: number, to: number, steps = 12): Point[] {
  return Array.from({ length: steps + 1 }, (_, i): Point => {
    const angle = from + ((to - from) * i) / steps;
    return [cx + rx * cosine(angle), cy + ry * sine(angle)];
  });
}
