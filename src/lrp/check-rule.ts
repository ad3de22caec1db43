import { SalientError } from '../error.ts';
import { definitionOf, type Rule } from './rule.ts';
import { LARGEST_PARAMETER, type RuleCheck } from './rules/definition.ts';

/**
 * Refuses numbers with which a rule makes no sense on a layer of this many input channels: they would give a wrong map,
 * or none.
 * @throws SalientError 'bad-argument' naming the layer
 */
export function checkRule(rule: Rule, layer: string, channels: number): void {
  const check: RuleCheck = {
    channels,
    amount(what, value) {
      if (!(value >= 0 && value <= LARGEST_PARAMETER)) {
        check.refuse(what, value, `a number from 0 to ${LARGEST_PARAMETER}`);
      }
    },
    refuse(what, found, expected) {
      throw new SalientError(
        'bad-argument',
        `the rule ${rule.rule} of layer "${layer}": ${what} is ${found}; expected ${expected}`,
      );
    },
  };
  check.amount('epsilon', rule.stabilizer?.epsilon ?? 0);
  definitionOf(rule.rule).check?.(rule, check);
}
