/**
 * A sans-serif of strokes: every character is drawn by a round pen along lines and arcs, so that it is sharp at any size
 * and needs no font file. Units: capitals are 7 high, small letters 5, the baseline is 0 and y points up.
 *
 * A path is a list of steps. `M x y` lifts the pen to a point, `L x y` draws a line to it; `A x y rx ry from to` draws
 * an arc of the ellipse about (x, y) between two angles in degrees, counter-clockwise if `to` is the larger, with a line
 * from where the pen is; `O x y rx ry` is a whole ellipse; `D x y` is a dot.
 */
export interface StrokeGlyph {
  /** Width of the ink, without the space between characters. */
  readonly width: number;
  readonly path: string;
}

/** Space between two characters, from pen centre to pen centre. */
export const LETTER_SPACE = 2.1;

export const STROKE_FONT: Readonly<Record<string, StrokeGlyph>> = {
  ' ': { width: 0.7, path: '' },
  '!': { width: 0, path: 'M 0 7 L 0 2.2 D 0 0.1' },
  '"': { width: 1.6, path: 'M 0 7 L 0 5 M 1.6 7 L 1.6 5' },
  '#': { width: 4.6, path: 'M 1.3 0 L 2.1 7 M 2.9 0 L 3.7 7 M 0.3 4.6 L 4.8 4.6 M 0 2.3 L 4.5 2.3' },
  $: { width: 4.2, path: 'A 2.1 5.1 1.9 1.6 40 270 A 2.1 1.8 2 1.7 90 -145 M 2.1 8 L 2.1 -1' },
  '%': { width: 6.4, path: 'O 1.4 5.4 1.4 1.6 O 5 1.6 1.4 1.6 M 5.2 7 L 1.2 0' },
  '&': {
    width: 5.2,
    path: 'M 5.2 0 L 1.1 4.6 A 2.2 5.5 1.45 1.5 210 -40 L 0.9 3.2 A 1.9 1.75 1.9 1.75 130 310 L 4.9 3.4',
  },
  "'": { width: 0, path: 'M 0 7 L 0 5' },
  '(': { width: 1.5, path: 'A 3.2 3 3.2 5 115 245' },
  ')': { width: 1.5, path: 'A -1.7 3 3.2 5 65 -65' },
  '*': { width: 3, path: 'M 1.5 7.2 L 1.5 4 M 0.1 6.4 L 2.9 4.8 M 2.9 6.4 L 0.1 4.8' },
  '+': { width: 4, path: 'M 2 1.2 L 2 5.2 M 0 3.2 L 4 3.2' },
  ',': { width: 0.6, path: 'M 0.6 0.2 L 0 -1.4' },
  '-': { width: 2.2, path: 'M 0 2.7 L 2.2 2.7' },
  '.': { width: 0, path: 'D 0 0.1' },
  '/': { width: 3, path: 'M 0 -0.9 L 3 7.6' },
  '0': { width: 4.2, path: 'O 2.1 3.5 2.1 3.5' },
  '1': { width: 2.1, path: 'M 0 5.5 L 2.1 7 L 2.1 0' },
  '2': { width: 4.1, path: 'A 2.05 5 1.95 2 165 -30 L 0 0 L 4.1 0' },
  '3': { width: 4.1, path: 'A 1.95 5.3 1.8 1.7 150 -90 L 1.4 3.6 M 1.95 3.6 A 2 1.8 2.1 1.8 90 -150' },
  '4': { width: 4.6, path: 'M 3.4 0 L 3.4 7 L 0 1.9 L 4.6 1.9' },
  '5': { width: 4.1, path: 'M 3.7 7 L 0.6 7 L 0.25 3.6 A 1.95 2.2 2.15 2.2 130 -150' },
  '6': { width: 4.2, path: 'O 2.1 2.15 2.1 2.15 M 0 2.15 A 3.4 2.3 3.4 4.7 180 103' },
  '7': { width: 4.1, path: 'M 0 7 L 4.1 7 L 1.4 0' },
  '8': { width: 4.2, path: 'O 2.1 5.3 1.75 1.7 O 2.1 1.8 2.1 1.8' },
  '9': { width: 4.2, path: 'O 2.1 4.85 2.1 2.15 M 4.2 4.85 A 0.8 4.7 3.4 4.7 0 -77' },
  ':': { width: 0, path: 'D 0 4.6 D 0 0.1' },
  ';': { width: 0.6, path: 'D 0.5 4.6 M 0.6 0.2 L 0 -1.4' },
  '<': { width: 3.6, path: 'M 3.6 5.4 L 0 3.2 L 3.6 1' },
  '=': { width: 4, path: 'M 0 4.2 L 4 4.2 M 0 2.2 L 4 2.2' },
  '>': { width: 3.6, path: 'M 0 5.4 L 3.6 3.2 L 0 1' },
  '?': { width: 3.6, path: 'A 1.8 5.25 1.8 1.75 165 -45 L 1.8 2.9 L 1.8 2.1 D 1.8 0.1' },
  '@': { width: 7, path: 'O 3.5 2.8 1.5 1.7 M 5 4.5 L 5 2.2 A 6 2.3 1 1.2 180 360 L 7 3 A 3.5 3 3.5 3.9 0 310' },
  A: { width: 5.4, path: 'M 0 0 L 2.7 7 L 5.4 0 M 0.95 2.4 L 4.45 2.4' },
  B: {
    width: 4.4,
    path: 'M 0 0 L 0 7 L 2.4 7 A 2.4 5.35 1.7 1.65 90 -90 L 0 3.7 M 2.4 3.7 A 2.5 1.85 1.9 1.85 90 -90 L 0 0',
  },
  C: { width: 4.9, path: 'A 3 3.5 3 3.5 48 312' },
  D: { width: 4.9, path: 'M 0 0 L 0 7 L 1.7 7 A 1.7 3.5 3.2 3.5 90 -90 L 0 0' },
  E: { width: 3.9, path: 'M 3.9 7 L 0 7 L 0 0 L 3.9 0 M 0 3.7 L 3.4 3.7' },
  F: { width: 3.8, path: 'M 3.8 7 L 0 7 L 0 0 M 0 3.6 L 3.3 3.6' },
  G: { width: 5.3, path: 'A 3 3.5 3 3.5 48 325 L 5.3 3.3 L 3.2 3.3' },
  H: { width: 4.8, path: 'M 0 0 L 0 7 M 4.8 0 L 4.8 7 M 0 3.7 L 4.8 3.7' },
  I: { width: 0, path: 'M 0 0 L 0 7' },
  J: { width: 2.9, path: 'M 2.9 7 L 2.9 1.7 A 1.4 1.7 1.5 1.7 0 -155' },
  K: { width: 4.7, path: 'M 0 0 L 0 7 M 4.5 7 L 0 2.5 M 1.6 4.1 L 4.7 0' },
  L: { width: 3.8, path: 'M 0 7 L 0 0 L 3.8 0' },
  M: { width: 6, path: 'M 0 0 L 0 7 L 3 1.6 L 6 7 L 6 0' },
  N: { width: 4.9, path: 'M 0 0 L 0 7 L 4.9 0 L 4.9 7' },
  O: { width: 5.8, path: 'O 2.9 3.5 2.9 3.5' },
  P: { width: 4.3, path: 'M 0 0 L 0 7 L 2.4 7 A 2.4 5.1 1.9 1.9 90 -90 L 0 3.2' },
  Q: { width: 5.8, path: 'O 2.9 3.5 2.9 3.5 M 3.6 1.6 L 5.7 -0.6' },
  R: { width: 4.5, path: 'M 0 0 L 0 7 L 2.4 7 A 2.4 5.15 1.9 1.85 90 -90 L 0 3.3 M 2.3 3.3 L 4.5 0' },
  S: { width: 4.3, path: 'A 2.15 5.25 1.95 1.75 40 270 A 2.15 1.75 2.15 1.75 90 -148' },
  T: { width: 5, path: 'M 0 7 L 5 7 M 2.5 7 L 2.5 0' },
  U: { width: 4.8, path: 'M 0 7 L 0 2.4 A 2.4 2.4 2.4 2.4 180 360 L 4.8 7' },
  V: { width: 5.2, path: 'M 0 7 L 2.6 0 L 5.2 7' },
  W: { width: 7.6, path: 'M 0 7 L 1.9 0 L 3.8 6.6 L 5.7 0 L 7.6 7' },
  X: { width: 4.9, path: 'M 0 0 L 4.9 7 M 0 7 L 4.9 0' },
  Y: { width: 5, path: 'M 0 7 L 2.5 3.4 L 5 7 M 2.5 3.4 L 2.5 0' },
  Z: { width: 4.6, path: 'M 0 7 L 4.6 7 L 0 0 L 4.6 0' },
  '[': { width: 1.5, path: 'M 1.5 7.6 L 0 7.6 L 0 -1.4 L 1.5 -1.4' },
  '\\': { width: 3, path: 'M 0 7.6 L 3 -0.9' },
  ']': { width: 1.5, path: 'M 0 7.6 L 1.5 7.6 L 1.5 -1.4 L 0 -1.4' },
  '^': { width: 3.4, path: 'M 0 4.4 L 1.7 7 L 3.4 4.4' },
  _: { width: 4, path: 'M 0 -1.3 L 4 -1.3' },
  '`': { width: 1.2, path: 'M 0 7.2 L 1.2 5.8' },
  a: {
    width: 3.7,
    path: 'A 1.9 3.4 1.7 1.6 155 0 L 3.6 0 M 3.6 3 L 1.8 3 A 1.6 1.5 1.6 1.5 90 270 A 1.9 1.8 1.7 1.8 270 350',
  },
  b: { width: 4.1, path: 'M 0 0 L 0 7.3 O 2.05 2.5 2.05 2.5' },
  c: { width: 3.8, path: 'A 2.15 2.5 2.15 2.5 45 315' },
  d: { width: 4.1, path: 'M 4.1 0 L 4.1 7.3 O 2.05 2.5 2.05 2.5' },
  e: { width: 4.2, path: 'M 0.05 2.65 L 4.2 2.65 A 2.1 2.5 2.1 2.5 4 318' },
  f: { width: 2.6, path: 'M 0.9 0 L 0.9 5.7 A 2.4 5.7 1.5 1.6 180 75 M 0 5 L 2.5 5' },
  g: { width: 4.1, path: 'O 2.05 2.5 2.05 2.5 M 4.1 5 L 4.1 -0.2 A 2.1 -0.2 2 1.9 0 -150' },
  h: { width: 3.8, path: 'M 0 0 L 0 7.3 M 0 3 A 1.9 3 1.9 2 180 0 L 3.8 0' },
  i: { width: 0, path: 'M 0 0 L 0 5 D 0 7' },
  j: { width: 1.1, path: 'M 1.1 5 L 1.1 -0.7 A -0.2 -0.7 1.3 1.4 0 -80 D 1.1 7' },
  k: { width: 3.6, path: 'M 0 0 L 0 7.3 M 3.4 5 L 0 1.8 M 1.3 3 L 3.6 0' },
  l: { width: 0, path: 'M 0 0 L 0 7.3' },
  m: {
    width: 6.4,
    path: 'M 0 0 L 0 5 M 0 3.2 A 1.6 3.2 1.6 1.8 180 0 L 3.2 0 M 3.2 3.2 A 4.8 3.2 1.6 1.8 180 0 L 6.4 0',
  },
  n: { width: 3.8, path: 'M 0 0 L 0 5 M 0 3 A 1.9 3 1.9 2 180 0 L 3.8 0' },
  o: { width: 4.3, path: 'O 2.15 2.5 2.15 2.5' },
  p: { width: 4.1, path: 'M 0 5 L 0 -2.1 O 2.05 2.5 2.05 2.5' },
  q: { width: 4.1, path: 'M 4.1 5 L 4.1 -2.1 O 2.05 2.5 2.05 2.5' },
  r: { width: 2.3, path: 'M 0 0 L 0 5 M 0 2.8 A 1.9 3 1.9 2 180 80' },
  s: { width: 3.4, path: 'A 1.7 3.75 1.5 1.25 35 270 A 1.7 1.25 1.7 1.25 90 -148' },
  t: { width: 2.5, path: 'M 0.9 6.6 L 0.9 1.5 A 2.4 1.5 1.5 1.5 180 275 M 0 5 L 2.4 5' },
  u: { width: 3.8, path: 'M 0 5 L 0 2 A 1.9 2 1.9 2 180 360 M 3.8 5 L 3.8 0' },
  v: { width: 4, path: 'M 0 5 L 2 0 L 4 5' },
  w: { width: 6, path: 'M 0 5 L 1.5 0 L 3 4.8 L 4.5 0 L 6 5' },
  x: { width: 3.8, path: 'M 0 0 L 3.8 5 M 0 5 L 3.8 0' },
  y: { width: 4, path: 'M 0 5 L 2 0.1 M 4 5 L 1.6 -1 A 0.3 -0.6 1.4 1.4 -20 -90' },
  z: { width: 3.6, path: 'M 0 5 L 3.6 5 L 0 0 L 3.6 0' },
  '{': {
    width: 1.9,
    path: 'M 1.9 7.6 A 1.9 6.4 1.1 1.2 90 180 L 0.8 4.1 L 0 3.1 L 0.8 2.1 L 0.8 -0.2 A 1.9 -0.2 1.1 1.2 180 270',
  },
  '|': { width: 0, path: 'M 0 7.6 L 0 -1.6' },
  '}': {
    width: 1.9,
    path: 'M 0 7.6 A 0 6.4 1.1 1.2 90 0 L 1.1 4.1 L 1.9 3.1 L 1.1 2.1 L 1.1 -0.2 A 0 -0.2 1.1 1.2 0 -90',
  },
  '~': { width: 4, path: 'A 1 2.8 1 0.8 180 0 A 3 2.8 1 0.8 180 360' },
  '−': { width: 4, path: 'M 0 3.2 L 4 3.2' },
  '×': { width: 3.2, path: 'M 0 1.6 L 3.2 4.8 M 0 4.8 L 3.2 1.6' },
  '–': { width: 4, path: 'M 0 2.7 L 4 2.7' },
  '…': { width: 4.6, path: 'D 0 0.1 D 2.3 0.1 D 4.6 0.1' },
  '·': { width: 0, path: 'D 0 3' },
  '≥': { width: 3.6, path: 'M 0 6 L 3.6 4 L 0 2 M 0 0.3 L 3.6 0.3' },
  '≤': { width: 3.6, path: 'M 3.6 6 L 0 4 L 3.6 2 M 0 0.3 L 3.6 0.3' },
};

/** Stands for characters that the font lacks. */
export const UNKNOWN_GLYPH: StrokeGlyph = { width: 3.4, path: 'M 0 0 L 0 7 L 3.4 7 L 3.4 0 L 0 0' };
