import { NEGATIVE, POSITIVE } from '../../kernels/shared/maps.ts';
import { baseForm, type RuleBase, type RuleDefinition, signed } from './definition.ts';

/**
 * z⁺ (Montavon et al. 2017): `alpha-beta` with α = 1 and β = 0. z⁺ = conv(a⁺,W⁺)+b⁺ + conv(a⁻,W⁻);
 * R_in = a⁺·convᵀ(R/stab(z⁺),W⁺) + a⁻·convᵀ(R/stab(z⁺),W⁻).
 */
export interface ZPlusRule extends RuleBase {
  readonly rule: 'z-plus';
}

export const zPlus: RuleDefinition<ZPlusRule> = {
  name: 'z-plus',
  parameters: {},
  form: (rule, context) => ({ ...baseForm(rule), ...signed([[POSITIVE, NEGATIVE]], context) }),
};
