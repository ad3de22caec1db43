import { NEGATIVE, POSITIVE } from '../../kernels/shared/maps.ts';
import { baseForm, type RuleBase, type RuleDefinition, signed } from './definition.ts';

const DEFAULT_ALPHA = 2;
const DEFAULT_BETA = 1;

/**
 * LRP-αβ (Bach et al. 2015, eq. 60; α − β = 1, both at least 0): z⁺ = conv(a⁺,W⁺)+b⁺ + conv(a⁻,W⁻),
 * z⁻ = conv(a⁺,W⁻)+b⁻ + conv(a⁻,W⁺), R_in = α(a⁺·convᵀ(R/stab(z⁺),W⁺) + a⁻·convᵀ(R/stab(z⁺),W⁻)) −
 * β(a⁺·convᵀ(R/stab(z⁻),W⁻) + a⁻·convᵀ(R/stab(z⁻),W⁺)).
 */
export interface AlphaBetaRule extends RuleBase {
  readonly rule: 'alpha-beta';
  /** Default {@link DEFAULT_ALPHA}. */
  readonly alpha?: number;
  /** Default {@link DEFAULT_BETA}. */
  readonly beta?: number;
}

export const alphaBeta: RuleDefinition<AlphaBetaRule> = {
  name: 'alpha-beta',
  parameters: { alpha: 'number', beta: 'number' },
  check({ alpha = DEFAULT_ALPHA, beta = DEFAULT_BETA }, { amount, refuse }) {
    amount('alpha', alpha);
    amount('beta', beta);
    if (Math.abs(alpha - beta - 1) > 1e-9) refuse('alpha − beta', alpha - beta, '1');
  },
  form(rule, context) {
    const { alpha = DEFAULT_ALPHA, beta = DEFAULT_BETA } = rule;
    if (beta === 0) return { ...baseForm(rule), ...signed([[POSITIVE, NEGATIVE]], context) };
    const both = signed(
      [
        [POSITIVE, NEGATIVE],
        [NEGATIVE, POSITIVE],
      ],
      context,
    );
    return { ...baseForm(rule), ...both, scales: [alpha, -beta] };
  },
};
