import { modulo } from './math.ts';
import type { Random } from './random.ts';

/** Red, green, blue, each in [0, 1]. */
export type Color = readonly [number, number, number];

/** The five colours that a thing is painted in. */
export interface Palette {
  readonly main: Color;
  readonly second: Color;
  readonly accent: Color;
  readonly pale: Color;
  readonly dark: Color;
}

/** Hue (in turns), saturation, value to RGB. */
export function hsv(hue: number, saturation: number, value: number): Color {
  const channel = (offset: number): number => {
    const k = modulo(offset + hue * 6, 6);
    return value * (1 - saturation * Math.max(0, Math.min(k, 4 - k, 1)));
  };
  return [channel(5), channel(3), channel(1)];
}

/** The colour made darker (factor below 1) or brighter. */
export function scaled(color: Color, factor: number): Color {
  return [color[0] * factor, color[1] * factor, color[2] * factor];
}

/** A colour on the straight line between two. */
export function blend(a: Color, b: Color, share: number): Color {
  return [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share];
}

/** Largest difference over the three channels. */
export function contrast(a: Color, b: Color): number {
  return Math.max(Math.abs(a[0] - b[0]), Math.abs(a[1] - b[1]), Math.abs(a[2] - b[2]));
}

/** A vivid colour of any hue. */
export function vivid(random: Random): Color {
  return hsv(random.uniform(), random.uniform(0.45, 0.95), random.uniform(0.5, 0.98));
}

/** Any colour, grey and dim ones too. */
export function anyColor(random: Random): Color {
  return hsv(random.uniform(), random.uniform(0, 0.6), random.uniform(0.25, 0.95));
}

/**
 * A palette of random hues whose main colour stands out against `background`. It knows nothing of what will be painted
 * with it, so that colour cannot tell the classes apart.
 */
export function randomPalette(random: Random, background: Color): Palette {
  const unlike = (others: readonly Color[], least: number): Color => {
    let color = vivid(random);
    for (let i = 0; i < 20 && others.some((other) => contrast(color, other) < least); i++) color = vivid(random);
    return color;
  };
  const main = unlike([background], 0.4);
  const second = unlike([main, background], 0.3);
  const accent = unlike([main, second], 0.35);
  const pale = hsv(random.uniform(), random.uniform(0.03, 0.3), random.uniform(0.75, 1));
  const dark = hsv(random.uniform(), random.uniform(0.2, 0.7), random.uniform(0.12, 0.4));
  return random.chance(0.3) ? { main, second, accent, pale: dark, dark: pale } : { main, second, accent, pale, dark };
}
