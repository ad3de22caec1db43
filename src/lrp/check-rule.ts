import { SalientError } from '../error.ts';
import type { Rule } from './rule.ts';

/** Far beyond any use, and far below what overflows when float32 devices multiply it by weights, layer after layer. */
export const LARGEST_PARAMETER = 1e6;

/**
 * Refuses numbers with which a rule makes no sense on a layer of this many input channels: they would give a wrong map,
 * or none.
 * @throws SalientError 'bad-argument' naming the layer
 */
export function checkRule(rule: Rule, layer: string, channels: number): void {
  const bad = (what: string, found: unknown, expected: string): never => {
    throw new SalientError(
      'bad-argument',
      `the rule ${rule.rule} of layer "${layer}": ${what} is ${found}; expected ${expected}`,
    );
  };
  const amount = (what: string, value: number) => {
    if (!(value >= 0 && value <= LARGEST_PARAMETER)) bad(what, value, `a number from 0 to ${LARGEST_PARAMETER}`);
  };
  amount('epsilon', rule.stabilizer?.epsilon ?? 0);
  switch (rule.rule) {
    case 'gamma':
      amount('gamma', rule.gamma ?? 0);
      break;
    case 'alpha-beta': {
      const { alpha = 2, beta = 1 } = rule;
      amount('alpha', alpha);
      amount('beta', beta);
      if (Math.abs(alpha - beta - 1) > 1e-9) bad('alpha − beta', alpha - beta, '1');
      break;
    }
    case 'z-box': {
      const { low, high } = rule;
      for (const [what, bounds] of Object.entries({ low, high })) {
        if (bounds.length !== 1 && bounds.length !== channels) {
          bad(what, `a list of ${bounds.length}`, `one number, or one for each of ${channels} channels`);
        }
        const outside = bounds.find((bound) => !(Math.abs(bound) <= LARGEST_PARAMETER));
        if (outside !== undefined) bad(what, outside, `numbers from -${LARGEST_PARAMETER} to ${LARGEST_PARAMETER}`);
      }
      for (let channel = 0; channel < channels; channel++) {
        const [from, to] = [low, high].map((bounds) => bounds[channel % bounds.length]!) as [number, number];
        if (from > to) bad('low', `${from} where high is ${to}`, 'low to be at most high');
      }
    }
  }
}
