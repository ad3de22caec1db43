import type { Expansion } from '../kernels/parts/operation.ts';
import type { Stabilizer } from '../kernels/quotient/operation.ts';
import {
  ITSELF,
  NEGATIVE,
  ONES,
  PLAIN,
  POSITIVE,
  SQUARE,
  type WeightMap,
  type WeightMaps,
} from '../kernels/shared/maps.ts';

interface RuleBase {
  /** How the denominator is kept away from zero; absolute 1e-6 unless said. */
  readonly stabilizer?: Stabilizer;
  /** Whether the bias is part of z (`keep`, zennit's convention) or left out (`zero`, which conserves). */
  readonly bias?: 'keep' | 'zero';
}

/**
 * A propagation rule of a convolution or dense layer, by its name in the literature. Low and high of z-box are the
 * bounds of the layer's input, one for all channels or one per channel.
 */
export type Rule =
  | (RuleBase & { readonly rule: 'zero' | 'epsilon' | 'z-plus' | 'w-square' | 'flat' })
  | (RuleBase & { readonly rule: 'gamma'; readonly gamma?: number })
  | (RuleBase & { readonly rule: 'alpha-beta'; readonly alpha?: number; readonly beta?: number })
  | (RuleBase & { readonly rule: 'z-box'; readonly low: readonly number[]; readonly high: readonly number[] });

export const RULE_NAMES = ['zero', 'epsilon', 'gamma', 'alpha-beta', 'z-plus', 'z-box', 'w-square', 'flat'] as const;

/**
 * A rule as the four steps of Montavon et al. 2019: X' = expansion(a); z = layer(X', maps(W)) + maps(b);
 * s = scale·R/stab(z); R_in = Σ_parts X'·layerᵀ(s, maps(W)), without the factor X' unless `times`.
 */
export interface RuleForm {
  /** What becomes of the input; absent: a itself. */
  readonly expansion?: Expansion;
  readonly maps: WeightMaps;
  /** One per part of z. */
  readonly scales: readonly number[];
  /** The layer's own z chooses the part: part 0 where z > 0, part 1 where z < 0 (gamma). */
  readonly branch: boolean;
  readonly times: boolean;
  readonly bias: boolean;
  readonly stabilizer: Stabilizer;
}

/** What is known of the layer that a rule is for. */
export interface RuleContext {
  /** Its input is never negative, so the parts for a⁻ are left out. */
  readonly nonNegative: boolean;
  /** Relevance arrives only where its output is positive, so gamma needs its first branch only. */
  readonly positiveOutput: boolean;
}

const DEFAULT_STABILIZER: Stabilizer = { kind: 'absolute', epsilon: 1e-6 };

/** The form of a rule for one layer. Definitions: docs/lrp.md, "Rules". */
export function ruleForm(rule: Rule, context: RuleContext): RuleForm {
  const base = {
    scales: [1],
    branch: false,
    times: true,
    bias: rule.bias !== 'zero',
    stabilizer: rule.stabilizer ?? DEFAULT_STABILIZER,
  };
  switch (rule.rule) {
    case 'zero':
      return { ...base, maps: PLAIN, stabilizer: rule.stabilizer ?? { kind: 'absolute', epsilon: 0 } };
    case 'epsilon':
      return { ...base, maps: PLAIN };
    case 'z-plus':
      return { ...base, ...signed([[POSITIVE, NEGATIVE]], context) };
    case 'alpha-beta': {
      const { alpha = 2, beta = 1 } = rule;
      if (beta === 0) return { ...base, ...signed([[POSITIVE, NEGATIVE]], context) };
      const both = signed(
        [
          [POSITIVE, NEGATIVE],
          [NEGATIVE, POSITIVE],
        ],
        context,
      );
      return { ...base, ...both, scales: [alpha, -beta] };
    }
    case 'gamma': {
      const { gamma = 0.25 } = rule;
      const more: WeightMap = { kind: 'signed', positive: 1 + gamma, negative: 1 };
      const less: WeightMap = { kind: 'signed', positive: 1, negative: 1 + gamma };
      if (context.positiveOutput) return { ...base, ...signed([[more, less]], context) };
      const both = signed(
        [
          [more, less],
          [less, more],
        ],
        context,
      );
      return { ...base, ...both, scales: [1, 1], branch: true };
    }
    case 'z-box':
      return {
        ...base,
        expansion: { kind: 'box', low: rule.low, high: rule.high },
        maps: [[ITSELF, POSITIVE, NEGATIVE]],
        bias: false,
      };
    case 'w-square':
      return { ...base, expansion: { kind: 'ones' }, maps: [[SQUARE]], times: false };
    case 'flat':
      return { ...base, expansion: { kind: 'ones' }, maps: [[ONES]], times: false, bias: false };
  }
}

/** Maps for [a⁺; a⁻], or only those for a⁺ where nothing is negative. */
function signed(maps: WeightMaps, { nonNegative }: RuleContext): Pick<RuleForm, 'maps' | 'expansion'> {
  return nonNegative ? { maps: maps.map((row) => row.slice(0, 1)) } : { maps, expansion: { kind: 'signs' } };
}
