import { gaussianBlur } from '../../src/evaluate/localisation.ts';
import { Random } from '../scenes/random.ts';

/*
 * XAI-TRIS (Clark, Wilming, Haufe 2024, "XAI-TRIS: non-linear image benchmarks to quantify false positive post-hoc
 * attribution of feature importance"), its 64×64 images from a seed each: two classes, told apart by the tetrominoes T
 * and L alone, so that it is known by construction which pixels can count. A background that is correlated from pixel to
 * pixel is a suppressor: it says nothing of the class, yet a network that subtracts it sees the tetromino better.
 */

export const SIDE = 64;

/**
 * - `linear`: T at the upper left (class 0) or L at the lower right (class 1) is added to the background;
 * - `multiplicative`: the same, but the background is dimmed there;
 * - `rigid`: T or L, half as large, anywhere and turned by quarters;
 * - `xor`: both are there, of equal sign (class 0) or of opposite signs (class 1).
 */
export const SCENARIOS = ['linear', 'multiplicative', 'rigid', 'xor'] as const;
export type Scenario = (typeof SCENARIOS)[number];

/** White noise, or the same smoothed by a Gaussian of ten pixels. */
export const BACKGROUNDS = ['white', 'correlated'] as const;
export type Background = (typeof BACKGROUNDS)[number];

export const TRIS_CLASSES: Readonly<Record<Scenario, readonly [string, string]>> = {
  linear: ['T', 'L'],
  multiplicative: ['T', 'L'],
  rigid: ['T', 'L'],
  xor: ['equal signs', 'opposite signs'],
};

/** First seeds of the three sets. */
export const TRIS_SEEDS = { train: 0, validation: 1_000_000, test: 2_000_000 } as const;

/** Pattern's share α of the image against the background's, as the authors chose them for 64×64. */
const SHARE: Readonly<Record<Scenario, Readonly<Record<Background, number>>>> = {
  linear: { white: 0.03, correlated: 0.02 },
  multiplicative: { white: 0.65, correlated: 0.05 },
  rigid: { white: 0.575, correlated: 0.375 },
  xor: { white: 0.075, correlated: 0.03 },
};

const TETROMINOES = {
  t: [
    [1, 0],
    [1, 1],
    [1, 0],
  ],
  l: [
    [1, 0],
    [1, 0],
    [1, 1],
  ],
} as const;

/** Upper left corners (y, x) of the fixed tetrominoes, and the sides of one square of a tetromino in pixels. */
const PLACES = { t: [8, 8], l: [32, 40] } as const;
const SQUARE = { fixed: 8, rigid: 4 } as const;

/** Of the patterns' edges and of the correlated background, in pixels. */
const SMOOTHING = { pattern: 1.5, background: 10 } as const;

/** A pixel belongs to a pattern from this part of its height on. */
const VISIBLE = 0.05;

export interface Tris {
  /** [1,64,64]; the background has mean 0 and, over all seeds, variance 1. */
  readonly image: Float32Array<ArrayBuffer>;
  readonly label: 0 | 1;
  /**
   * [64·64], 1 where a pixel can tell the class: on the tetromino, and where places are fixed on both, since the one that
   * is missing tells as much.
   */
  readonly mask: Uint8Array;
}

/** The image of a seed: the same numbers on every machine up to the last digits of the smoothing's exponentials. */
export function renderTris(scenario: Scenario, background: Background, seed: number): Tris {
  const random = new Random(seed, SCENARIOS.indexOf(scenario) * BACKGROUNDS.length + BACKGROUNDS.indexOf(background));
  const label = random.chance(0.5) ? 1 : 0;
  const { pattern, mask, norm } = patternOf(scenario, label, random);
  const noise = backgroundOf(background, random);
  const share = SHARE[scenario][background];
  const strength = ((share / (1 - share)) * SIDE) / norm;
  const image = Float32Array.from(noise, (value, i) =>
    scenario === 'multiplicative' ? value * (1 - share * pattern[i]!) : value + strength * pattern[i]!,
  );
  return { image, label, mask };
}

interface Pattern {
  readonly pattern: Float32Array;
  readonly mask: Uint8Array;
  /** Euclidean; what α refers to. */
  readonly norm: number;
}

function patternOf(scenario: Scenario, label: 0 | 1, random: Random): Pattern {
  const name = label === 0 ? 't' : 'l';
  if (scenario === 'rigid') {
    const turned = quarterTurns(TETROMINOES[name], random.integer(0, 3));
    const [height, width] = [turned.length * SQUARE.rigid, turned[0]!.length * SQUARE.rigid];
    const pattern = stamped(turned, random.integer(0, SIDE - height), random.integer(0, SIDE - width), SQUARE.rigid);
    return { pattern, mask: visible(pattern), norm: normOf(stamped(turned, SIDE / 2, SIDE / 2, SQUARE.rigid)) };
  }
  const [t, l] = (['t', 'l'] as const).map((each) =>
    stamped(TETROMINOES[each], PLACES[each][0], PLACES[each][1], SQUARE.fixed),
  ) as [Float32Array, Float32Array];
  const both = t.map((value, i) => value + l[i]!);
  const mask = visible(both);
  if (scenario !== 'xor') return { pattern: label === 0 ? t : l, mask, norm: normOf(label === 0 ? t : l) };
  const signT = random.chance(0.5) ? 1 : -1;
  const signL = label === 0 ? signT : -signT;
  return { pattern: t.map((value, i) => signT * value + signL * l[i]!), mask, norm: normOf(both) };
}

type Squares = readonly (readonly number[])[];

/** Turned counter-clockwise by so many quarters. */
function quarterTurns(squares: Squares, quarters: number): Squares {
  if (quarters === 0) return squares;
  const width = squares[0]!.length;
  const turned = Array.from({ length: width }, (_, y) => squares.map((row) => row[width - 1 - y]!));
  return quarterTurns(turned, quarters - 1);
}

/** Squares drawn at a place, their edges smoothed. */
function stamped(squares: Squares, top: number, left: number, side: number): Float32Array {
  const plane = new Float32Array(SIDE * SIDE);
  for (let y = 0; y < squares.length * side; y++) {
    for (let x = 0; x < squares[0]!.length * side; x++) {
      plane[(top + y) * SIDE + left + x] = squares[Math.floor(y / side)]![Math.floor(x / side)]!;
    }
  }
  return gaussianBlur(plane, SIDE, SIDE, SMOOTHING.pattern);
}

function visible(pattern: Float32Array): Uint8Array {
  return Uint8Array.from(pattern, (value) => Number(value >= VISIBLE));
}

function normOf(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}

function backgroundOf(background: Background, random: Random): Float32Array {
  const white = Float32Array.from({ length: SIDE * SIDE }, () => normal(random));
  if (background === 'white') return white;
  const deviation = smoothedDeviation();
  return gaussianBlur(white, SIDE, SIDE, SMOOTHING.background).map((value) => value / deviation);
}

/** Nearly normal, mean 0 and variance 1: twelve uniform numbers, less six; sums alone are the same on every machine. */
function normal(random: Random): number {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += random.uniform();
  return sum;
}

let deviationOfSmoothed: number | undefined;

/**
 * Root mean square, over the image, of white noise of variance 1 after smoothing: per axis Σ (weight)², averaged over the
 * places, which differ by the mirrored border.
 */
function smoothedDeviation(): number {
  if (deviationOfSmoothed === undefined) {
    let squares = 0;
    for (let x = 0; x < SIDE; x++) {
      const point = new Float32Array(SIDE);
      point[x] = 1;
      squares += gaussianBlur(point, 1, SIDE, SMOOTHING.background).reduce((sum, value) => sum + value * value, 0);
    }
    deviationOfSmoothed = squares / SIDE;
  }
  return deviationOfSmoothed;
}
