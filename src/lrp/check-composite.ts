import { amount, type Check, fields, is, isNumber, maybe, numbers, object, oneOf, text, within } from './checks.ts';
import type { Composite, LayerMatch, LayerRule } from './composite.ts';
import { definitionOf, RULE_NAMES, type Rule } from './rule.ts';

const match = fields<LayerMatch>({
  type: maybe(oneOf('conv', 'dense')),
  first: maybe(is('true or false', (value) => typeof value === 'boolean')),
  name: maybe(text),
  positions: maybe(
    is('[from, to]', (value) => {
      const [from, to, ...more] = Array.isArray(value) ? value : [];
      return isNumber(from) && isNumber(to) && from <= to && more.length === 0;
    }),
  ),
  earliest: maybe(within(0, 1)),
});

const stabilizer = fields<NonNullable<Rule['stabilizer']>>({
  kind: oneOf('absolute', 'relative', 'clip'),
  epsilon: amount,
});

/** What a rule's own parameters must be, by their kind. */
const KINDS: Readonly<Record<'number' | 'numbers', Check>> = { number: maybe(is('a number', isNumber)), numbers };

const rule: Check = (value, where) => {
  object(value, where);
  const name = (value as Rule).rule;
  oneOf(...RULE_NAMES)(name, `${where}.rule`);
  const own: Record<string, Check> = {};
  for (const [parameter, kind] of Object.entries(definitionOf(name).parameters)) own[parameter] = KINDS[kind];
  fields({ rule: text, bias: maybe(oneOf('keep', 'zero')), stabilizer: maybe(stabilizer), ...own })(value, where);
};

const entry = fields<LayerRule>({ match, rule });

/**
 * Refuses a rule map in which something is misspelt, missing or of another kind.
 * @throws SalientError 'bad-argument' naming the entry
 */
export const checkComposite: (composite: Composite) => void = (composite) =>
  fields<Composite>({
    name: text,
    layers: (value, where) => {
      is('a list', Array.isArray)(value, where);
      for (const [index, one] of (value as unknown[]).entries()) entry(one, `${where}[${index}]`);
    },
    pooling: oneOf('winner', 'proportional', 'average'),
    averagePooling: maybe(oneOf('norm', 'uniform')),
    lrn: oneOf('pass', 'taylor'),
    product: maybe(oneOf('uniform', 'signal')),
    normEpsilon: maybe(amount),
  })(composite, 'composite');
