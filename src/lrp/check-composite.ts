import { cut, quoted, requireNames, SalientError } from '../error.ts';
import type { Composite, CompositeParameters, LayerMatch, LayerRule } from './composite.ts';
import { definitionOf, RULE_NAMES, type Rule } from './rule.ts';
import { LARGEST_PARAMETER } from './rules/definition.ts';

/** Characters of a wrong value that a message shows, so that what was expected is not cut off behind it. */
const MOST_SHOWN = 100;

/** Refuses a value; `where` says which it is. */
type Check = (value: unknown, where: string) => void;

/** What a value must be. */
const is =
  (expected: string, accepts: (value: unknown) => boolean): Check =>
  (value, where) => {
    if (accepts(value)) return;
    throw new SalientError('bad-argument', `${where} is ${cut(quoted(value), MOST_SHOWN)}; expected ${expected}`);
  };

const maybe =
  (check: Check): Check =>
  (value, where) =>
    value === undefined || check(value, where);

/** One of some words. */
export const oneOf = (...words: readonly string[]): Check =>
  is(`one of ${words.join(', ')}`, (value) => words.includes(value as string));

/** An object with these fields alone; `T` makes the compiler ask for every field of a type. */
export function fields<T>(checks: Readonly<Record<keyof T & string, Check>>): Check {
  return (value, where) => {
    object(value, where);
    requireNames(value as object, checks, ` in ${where}`);
    for (const [name, check] of Object.entries<Check>(checks)) {
      check((value as Readonly<Record<string, unknown>>)[name], `${where}.${name}`);
    }
  };
}

const isNumber = (value: unknown): value is number => Number.isFinite(value);
const within = (from: number, to: number) =>
  is(`a number from ${from} to ${to}`, (value) => isNumber(value) && value >= from && value <= to);

const object = is('an object', (value) => typeof value === 'object' && value !== null && !Array.isArray(value));
const text = is('a text', (value) => typeof value === 'string');
const amount = within(0, LARGEST_PARAMETER);
const numbers = is('a list of numbers', (value) => Array.isArray(value) && value.length > 0 && value.every(isNumber));

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

/** @throws SalientError 'bad-argument' for a parameter that is misspelt or no number */
export const checkParameters: (parameters: CompositeParameters) => void = (parameters) =>
  fields<CompositeParameters>({
    epsilon: maybe(amount),
    gamma: maybe(amount),
    low: maybe(numbers),
    high: maybe(numbers),
  })(parameters, 'parameters');
