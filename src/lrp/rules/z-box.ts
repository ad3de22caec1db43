import { ITSELF, NEGATIVE, POSITIVE } from '../../kernels/shared/maps.ts';
import { baseForm, LARGEST_PARAMETER, type RuleBase, type RuleDefinition } from './definition.ts';

/**
 * z-box, zᴮ (Montavon et al. 2017, deep Taylor), for a layer whose input lies between bounds:
 * R_in = x·convᵀ(s,W) − low·convᵀ(s,W⁺) − high·convᵀ(s,W⁻), s = R / stab(conv(x,W) − conv(low,W⁺) − conv(high,W⁻)).
 * The biases of the three cancel; zero padding is zero, not low.
 */
export interface ZBoxRule extends RuleBase {
  readonly rule: 'z-box';
  /** Bounds of the layer's input: one number for all channels, or one per channel. */
  readonly low: readonly number[];
  readonly high: readonly number[];
}

export const zBox: RuleDefinition<ZBoxRule> = {
  name: 'z-box',
  parameters: { low: 'numbers', high: 'numbers' },
  check({ low, high }, { channels, refuse }) {
    for (const [what, bounds] of Object.entries({ low, high })) {
      if (bounds.length !== 1 && bounds.length !== channels) {
        refuse(what, `a list of ${bounds.length}`, `one number, or one for each of ${channels} channels`);
      }
      const outside = bounds.find((bound) => !(Math.abs(bound) <= LARGEST_PARAMETER));
      if (outside !== undefined) refuse(what, outside, `numbers from -${LARGEST_PARAMETER} to ${LARGEST_PARAMETER}`);
    }
    for (let channel = 0; channel < channels; channel++) {
      const [from, to] = [low, high].map((bounds) => bounds[channel % bounds.length]!) as [number, number];
      if (from > to) refuse('low', `${from} where high is ${to}`, 'low to be at most high');
    }
  },
  form: (rule) => ({
    ...baseForm(rule),
    expansion: { kind: 'box', low: rule.low, high: rule.high },
    maps: [[ITSELF, POSITIVE, NEGATIVE]],
    bias: false,
  }),
};
