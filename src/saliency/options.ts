import { quoted, requireNames, SalientError } from '../error.ts';

/** How a salient-relevance map is computed. Every field has a default ({@link SALIENCY_DEFAULTS}). */
export interface SaliencyOptions {
  /**
   * What the map [N,C,H,W] is, and so the planes on which patches are compared:
   * - `sum` (default): signed relevance; h = Σ_c R_c, max(h, 0) over its maximum; one plane;
   * - `paper`: signed relevance of three channels; |R| over the maximum of all channels, truncated to 8 bits, read as
   *   sRGB in the tensor's own channel order, in CIE L*a*b*; three planes. What Li et al. 2019 fed in;
   * - `image`: a photograph, sRGB in [0,1], in CIE L*a*b*; three planes.
   */
  readonly input?: SaliencyInput | undefined;
  /** With `sum`: |h| in place of max(h, 0). Default false. */
  readonly absolute?: boolean | undefined;
  /** Longest side, in pixels, to which the planes are resized; `none` keeps the map's own size. Default 250. */
  readonly size?: number | 'none' | undefined;
  /** Scales of the queries, in (0,1], relative to the working size. Default 1, 0.8, 0.5, 0.3. */
  readonly scales?: readonly number[] | undefined;
  /** Side of the square patches in pixels, odd. Default 7. */
  readonly patch?: number | undefined;
  /** Pixels between two queries; 1 is dense. Default 3. */
  readonly queryStride?: number | undefined;
  /** Pixels between two candidates. Default 3. */
  readonly candidateStride?: number | undefined;
  /** K: how many of the most similar candidates count. Default 64. */
  readonly nearest?: number | undefined;
  /** c: how much distance in the image lessens dissimilarity. Default 3. */
  readonly positionWeight?: number | undefined;
  /**
   * Immediate context: pixels far from a focus of attention count less. `scale` (default): foci of each scale, before
   * the mean (PAMI 2012); `mean`: once, on the mean of the scales (CVPR 2010); `none`.
   */
  readonly foci?: 'scale' | 'mean' | 'none' | undefined;
  /** A focus is a pixel whose normalised saliency is greater than this, in [0,1]. Default 0.8. */
  readonly focusThreshold?: number | undefined;
  /**
   * Standard deviation of a Gaussian centre prior as a fraction of each side (Goferman et al. 2012: 1/6), or `none`,
   * the default.
   */
  readonly centrePrior?: number | 'none' | undefined;
}

export type SaliencyInput = 'sum' | 'paper' | 'image';

/** All options, checked. */
export type ResolvedSaliencyOptions = {
  readonly [K in keyof SaliencyOptions]-?: Exclude<SaliencyOptions[K], undefined>;
};

/**
 * Every option of an SR map with its default.
 *
 * @example
 * ```ts
 * await model.explain(photo, { saliency: { size: SALIENCY_DEFAULTS.size, scales: [1, 0.5], nearest: 32 } });
 * ```
 */
export const SALIENCY_DEFAULTS: ResolvedSaliencyOptions = {
  input: 'sum',
  absolute: false,
  size: 250,
  scales: [1, 0.8, 0.5, 0.3],
  patch: 7,
  queryStride: 3,
  candidateStride: 3,
  nearest: 64,
  positionWeight: 3,
  foci: 'scale',
  focusThreshold: 0.8,
  centrePrior: 'none',
};

/** Largest longest side at which patches are compared: the work grows with its fourth power. */
export const MAX_SALIENCY_SIZE = 1024;

/** The options with their defaults. Throws `bad-argument` where one is not what it can be. */
export function resolveSaliencyOptions(options: SaliencyOptions = {}): ResolvedSaliencyOptions {
  const resolved: Record<string, unknown> = { ...SALIENCY_DEFAULTS };
  requireNames(options, CHECKS, ' in saliency');
  for (const [name, value] of Object.entries(options)) {
    const check = CHECKS[name as keyof SaliencyOptions];
    if (value === undefined) continue;
    if (!check.accepts(value)) {
      throw new SalientError(
        'bad-argument',
        `saliency option "${name}" is ${quoted(value)}; expected ${check.expected}`,
      );
    }
    resolved[name] = value;
  }
  return resolved as unknown as ResolvedSaliencyOptions;
}

interface Check {
  readonly expected: string;
  accepts(value: unknown): boolean;
}

const CHECKS: Readonly<Record<keyof SaliencyOptions, Check>> = {
  input: oneOf('sum', 'paper', 'image'),
  absolute: { expected: 'true or false', accepts: (value) => typeof value === 'boolean' },
  size: {
    expected: `a whole number of pixels from 1 to ${MAX_SALIENCY_SIZE}, or "none"`,
    accepts: (value) => value === 'none' || isWhole(value, 1, MAX_SALIENCY_SIZE),
  },
  scales: {
    expected: 'one to 16 different numbers, each greater than 0 and at most 1',
    accepts: (value) =>
      Array.isArray(value) &&
      value.length >= 1 &&
      value.length <= 16 &&
      new Set(value).size === value.length &&
      value.every((scale) => isNumber(scale) && scale > 0 && scale <= 1),
  },
  patch: {
    expected: 'an odd number of pixels from 3 to 31',
    accepts: (value) => isWhole(value, 3, 31) && value % 2 === 1,
  },
  queryStride: whole('pixels', 64),
  candidateStride: whole('pixels', 64),
  nearest: whole('patches', 1e6),
  positionWeight: { expected: 'a number of at least 0', accepts: (value) => isNumber(value) && value >= 0 },
  foci: oneOf('scale', 'mean', 'none'),
  focusThreshold: {
    expected: 'a number from 0 to 1',
    accepts: (value) => isNumber(value) && value >= 0 && value <= 1,
  },
  centrePrior: {
    expected: 'a positive fraction of the side (such as 1/6), or "none"',
    accepts: (value) => value === 'none' || (isNumber(value) && value > 0),
  },
};

function oneOf(...names: readonly string[]): Check {
  return {
    expected: names.map((name) => `"${name}"`).join(', '),
    accepts: (value) => typeof value === 'string' && names.includes(value),
  };
}

function whole(unit: string, most: number): Check {
  return { expected: `a whole number of ${unit} from 1 to ${most}`, accepts: (value) => isWhole(value, 1, most) };
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isWhole(value: unknown, least: number, most: number): value is number {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}
