import { PLAIN } from '../../kernels/shared/maps.ts';
import { baseForm, type RuleBase, type RuleDefinition } from './definition.ts';

/** LRP-ε (Bach et al. 2015, eq. 58): R_j = a_j Σ_k w_jk R_k / stab(z_k), the bias inside z. */
export interface EpsilonRule extends RuleBase {
  readonly rule: 'epsilon';
}

export const epsilon: RuleDefinition<EpsilonRule> = {
  name: 'epsilon',
  parameters: {},
  form: (rule) => ({ ...baseForm(rule), maps: PLAIN }),
};
