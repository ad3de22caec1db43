import { SQUARE } from '../../kernels/shared/maps.ts';
import { baseForm, type RuleBase, type RuleDefinition } from './definition.ts';

/** w² (Montavon et al. 2017): R_j = convᵀ(R/stab(z), W²), z = conv(1, W²) + b². */
export interface WSquareRule extends RuleBase {
  readonly rule: 'w-square';
}

export const wSquare: RuleDefinition<WSquareRule> = {
  name: 'w-square',
  parameters: {},
  form: (rule) => ({ ...baseForm(rule), expansion: { kind: 'ones' }, maps: [[SQUARE]], times: false }),
};
