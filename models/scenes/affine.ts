import { cosine, sine } from './math.ts';

/** (x, y) ↦ (a·x + c·y + e, b·x + d·y + f). */
export interface Affine {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  readonly e: number;
  readonly f: number;
}

/** How a thing stands in the picture. Lengths are shares of the picture's side. */
export interface Pose {
  readonly x: number;
  readonly y: number;
  /** Half the thing's own side: its drawing fills [−1, 1]². */
  readonly scale: number;
  /** Radians, clockwise on the screen. */
  readonly rotation: number;
  /** Width over height, relative to the drawing; negative mirrors it. */
  readonly stretch: number;
  readonly shear: number;
}

/** The map from a drawing's coordinates to pixels of a square picture of `side` pixels. */
export function poseToPixels(pose: Pose, side: number): Affine {
  const cos = cosine(pose.rotation);
  const sin = sine(pose.rotation);
  const size = pose.scale * side;
  const width = size * pose.stretch;
  return {
    a: width * cos,
    b: width * sin,
    c: size * (pose.shear * cos - sin),
    d: size * (pose.shear * sin + cos),
    e: pose.x * side,
    f: pose.y * side,
  };
}

/** The map back. */
export function inverse(m: Affine): Affine {
  const scale = 1 / (m.a * m.d - m.b * m.c);
  return {
    a: m.d * scale,
    b: -m.b * scale,
    c: -m.c * scale,
    d: m.a * scale,
    e: (m.c * m.f - m.d * m.e) * scale,
    f: (m.b * m.e - m.a * m.f) * scale,
  };
}
