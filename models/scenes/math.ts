/*
 * The renderer uses only +, −, ×, ÷, floor and square root, which IEEE 754 fixes to the last bit. `Math.sin` and its
 * kin differ between engines, and would give different pixels; hence the sine here.
 */

const HALF_PI = Math.PI / 2;

/** Sine of an angle in radians: Taylor series after reduction to a quarter turn, absolute error below 1e-8. */
export function sine(angle: number): number {
  const turns = angle / HALF_PI;
  const quarter = Math.floor(turns);
  const rest = (turns - quarter) * HALF_PI;
  const phase = quarter - 4 * Math.floor(quarter / 4);
  const x = phase % 2 === 0 ? rest : HALF_PI - rest;
  const x2 = x * x;
  const series =
    x * (1 - (x2 / 6) * (1 - (x2 / 20) * (1 - (x2 / 42) * (1 - (x2 / 72) * (1 - (x2 / 110) * (1 - x2 / 156))))));
  return phase < 2 ? series : -series;
}

/** Cosine of an angle in radians, as exact as {@link sine}. */
export function cosine(angle: number): number {
  return sine(angle + HALF_PI);
}

export function clamp(value: number, low = 0, high = 1): number {
  return Math.max(low, Math.min(value, high));
}

/** From `from` (at 0) to `to` (at 1) in a straight line. */
export function mix(from: number, to: number, share: number): number {
  return from + (to - from) * share;
}

/** 0 below `low`, 1 above `high`, a smooth cubic step between. */
export function smoothstep(low: number, high: number, value: number): number {
  const t = clamp((value - low) / (high - low));
  return t * t * (3 - 2 * t);
}

/** The rest of a division, in [0, divisor), for negative values too. */
export function modulo(value: number, divisor: number): number {
  return value - divisor * Math.floor(value / divisor);
}
