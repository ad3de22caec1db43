import type { WeightMap } from '../../kernels/shared/maps.ts';
import { baseForm, type RuleBase, type RuleDefinition, signed } from './definition.ts';

export const DEFAULT_GAMMA = 0.25;

/**
 * LRP-γ (Montavon et al. 2019), for outputs and inputs of either sign (Andéol et al. 2021, as in zennit): with
 * W⁺ᵞ = W+γ·max(W,0) and W⁻ᵞ = W+γ·min(W,0), the denominator is conv(a⁺,W⁺ᵞ)+b⁺ᵞ + conv(a⁻,W⁻ᵞ) where z = conv(a,W)+b
 * is positive, and the same with ⁺ᵞ and ⁻ᵞ exchanged where z is negative; where z = 0, nothing passes.
 */
export interface GammaRule extends RuleBase {
  readonly rule: 'gamma';
  /** Default {@link DEFAULT_GAMMA}. */
  readonly gamma?: number;
}

export const gamma: RuleDefinition<GammaRule> = {
  name: 'gamma',
  parameters: { gamma: 'number' },
  check: ({ gamma = DEFAULT_GAMMA }, { amount }) => amount('gamma', gamma),
  form(rule, context) {
    const { gamma = DEFAULT_GAMMA } = rule;
    const more: WeightMap = { kind: 'signed', positive: 1 + gamma, negative: 1 };
    const less: WeightMap = { kind: 'signed', positive: 1, negative: 1 + gamma };
    if (context.positiveOutput) return { ...baseForm(rule), ...signed([[more, less]], context) };
    const both = signed(
      [
        [more, less],
        [less, more],
      ],
      context,
    );
    return { ...baseForm(rule), ...both, scales: [1, 1], branch: true };
  },
};
