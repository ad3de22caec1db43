import type { Expansion } from '../../kernels/parts/operation.ts';
import type { Stabilizer } from '../../kernels/quotient/operation.ts';
import type { WeightMaps } from '../../kernels/shared/maps.ts';

/** What every rule takes. */
export interface RuleBase {
  /** How the denominator is kept away from zero; absolute 1e-6 unless said. */
  readonly stabilizer?: Stabilizer;
  /** Whether the bias is part of z (`keep`, zennit's convention) or left out (`zero`, which conserves). */
  readonly bias?: 'keep' | 'zero';
}

/**
 * A rule as the four steps of Montavon et al. 2019: X' = expansion(a); z = layer(X', maps(W)) + maps(b);
 * s = scale·R/stab(z); R_in = Σ_parts X'·layerᵀ(s, maps(W)), without the factor X' unless `times`.
 */
export interface RuleForm {
  /** What becomes of the input; absent: a itself. */
  readonly expansion?: Expansion;
  readonly maps: WeightMaps;
  /** X' is a ≥ 0, or [a⁺; a⁻], so that one-sided maps give each part of z a sign of its own. */
  readonly signed?: boolean;
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

/** The layer for which a rule's numbers are checked, and how to complain of them. */
export interface RuleCheck {
  /** Channels of the layer's input. */
  readonly channels: number;
  /** Refuses what is no number from 0 to {@link LARGEST_PARAMETER}. */
  amount(what: string, value: number): void;
  refuse(what: string, found: unknown, expected: string): never;
}

/** Far beyond any use, and far below what overflows when float32 devices multiply it by weights, layer after layer. */
export const LARGEST_PARAMETER = 1e6;

/** The names of a rule's own parameters. */
type Own<R> = Exclude<keyof R, 'rule' | keyof RuleBase> & string;

/** One propagation rule: all that the engine knows of it. Definitions of all rules: docs/lrp.md, "Rules". */
export interface RuleDefinition<R extends RuleBase & { readonly rule: string }> {
  readonly name: R['rule'];
  /**
   * The rule's own parameters, which a rule file gives under the same names: a `number`, which may be left out, or
   * `numbers` (one, or one per channel), which must be there.
   */
  readonly parameters: { readonly [K in Own<R>]: R[K] extends readonly number[] ? 'numbers' : 'number' };
  /** Refuses own parameters with which the rule makes no sense. */
  check?(rule: R, check: RuleCheck): void;
  /** The rule's computation in one layer. */
  form(rule: R, context: RuleContext): RuleForm;
}

/** ε of a rule that says none, absolute. */
export const DEFAULT_EPSILON = 1e-6;

/** What a form is unless its rule says otherwise. */
export function baseForm(rule: RuleBase): Omit<RuleForm, 'maps'> {
  return {
    scales: [1],
    branch: false,
    times: true,
    bias: rule.bias !== 'zero',
    stabilizer: rule.stabilizer ?? { kind: 'absolute', epsilon: DEFAULT_EPSILON },
  };
}

/** Maps for [a⁺; a⁻], or only those for a⁺ where nothing is negative. */
export function signed(
  maps: WeightMaps,
  { nonNegative }: RuleContext,
): Pick<RuleForm, 'maps' | 'expansion' | 'signed'> {
  if (nonNegative) return { signed: true, maps: maps.map((row) => row.slice(0, 1)) };
  return { signed: true, maps, expansion: { kind: 'signs' } };
}
