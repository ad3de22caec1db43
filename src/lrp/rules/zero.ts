import { PLAIN } from '../../kernels/shared/maps.ts';
import { baseForm, type RuleBase, type RuleDefinition } from './definition.ts';

/**
 * LRP-0 (Bach et al. 2015): R_j = a_j Σ_k w_jk R_k / z_k, the bias inside z; nothing passes where z_k = 0. With another
 * stabilizer it is `epsilon` with that one.
 */
export interface ZeroRule extends RuleBase {
  readonly rule: 'zero';
}

export const zero: RuleDefinition<ZeroRule> = {
  name: 'zero',
  parameters: {},
  form: (rule) => ({
    ...baseForm(rule),
    maps: PLAIN,
    stabilizer: rule.stabilizer ?? { kind: 'absolute', epsilon: 0 },
  }),
};
