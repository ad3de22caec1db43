import { ONES } from '../../kernels/shared/maps.ts';
import { baseForm, type RuleBase, type RuleDefinition } from './definition.ts';

/**
 * Flat (Lapuschkin et al. 2017): each output's relevance is spread evenly over the inputs in its window:
 * R_j = convᵀ(R/stab(z), 1), z = conv(1, 1) without bias; padding counts for nothing.
 */
export interface FlatRule extends RuleBase {
  readonly rule: 'flat';
}

export const flat: RuleDefinition<FlatRule> = {
  name: 'flat',
  parameters: {},
  form: (rule) => ({ ...baseForm(rule), expansion: { kind: 'ones' }, maps: [[ONES]], times: false, bias: false }),
};
