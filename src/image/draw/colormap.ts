/**
 * A scale of 256 colours for numbers. A value v on a map of scale s has colour number zero + round(span·v/s), with v/s
 * clamped to [−1, 1] and the number to the table; `zero` is the number of exactly 0.
 */
export interface Colormap {
  readonly zero: number;
  readonly span: number;
  /** 256 RGB triples. */
  readonly table: Uint8Array;
}

/**
 * For signed relevance: blue speaks against the class, red for it, and exactly 0 is pure white. Colour 128 is the middle
 * and colour 0 is never used, so that both sides have 127 steps, of equal lightness.
 */
export const DIVERGING: Colormap = {
  zero: 128,
  span: 127,
  table: tableOf((i) => {
    const strength = Math.min(Math.abs(i - 128) / 127, 1);
    const lightness = 1 - 0.6 * strength;
    if (i < 128) return oklch(lightness, strength * (0.34 - 0.19 * strength), 240 + 22 * strength);
    return oklch(lightness, strength * (0.42 - 0.26 * strength), 45 - 20 * strength);
  }),
};

/** For maps from 0 to 1: near black, violet, red, orange, pale yellow, of evenly rising lightness. */
export const SEQUENTIAL: Colormap = {
  zero: 0,
  span: 255,
  table: tableOf((i) => {
    const t = i / 255;
    return oklch(0.13 + 0.85 * t, 0.05 + 0.56 * t * (1 - t), 285 + 180 * t);
  }),
};

/** The number of a value's colour. A scale of 0 (nothing to tell apart) gives the neutral colour to every value. */
export function colourNumber({ zero, span }: Colormap, value: number, scale: number): number {
  if (scale === 0) return zero;
  const share = Math.min(Math.max(value / scale, -1), 1);
  return Math.max(zero + Math.round(span * share), 0);
}

function tableOf(colour: (i: number) => readonly number[]): Uint8Array {
  return Uint8Array.from(Array.from({ length: 256 }, (_, i) => colour(i)).flat());
}

/** A colour of perceived lightness, chroma and hue (degrees) as 8-bit sRGB: Björn Ottosson, "OKLab", 2020. */
function oklch(lightness: number, chroma: number, hue: number): number[] {
  const a = chroma * Math.cos((hue * Math.PI) / 180);
  const b = chroma * Math.sin((hue * Math.PI) / 180);
  const long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const short = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
    -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
    -0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short,
  ].map((linear) => {
    const encoded = linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055;
    return Math.round(255 * Math.min(Math.max(encoded, 0), 1));
  });
}
