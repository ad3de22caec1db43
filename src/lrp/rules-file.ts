import { quoted, SalientError } from '../error.ts';
import type { Stabilizer } from '../kernels/quotient/operation.ts';
import { checkComposite } from './check-composite.ts';
import { type Composite, type CompositeParameters, composite, type LayerMatch, type LayerRule } from './composite.ts';
import { definitionOf, RULE_NAMES, type Rule } from './rule.ts';

/**
 * Reads a rule map from JSON text:
 * `{ "composite": "epsilon-plus", "layers": [{ "match": { "name": "conv1*" }, "rule": "gamma", "gamma": 0.1 }],
 * "pooling": "winner", "averagePooling": "norm", "lrn": "pass", "product": "uniform" }`. Entries of `layers` go before
 * those of the composite they start from. A match says any of `type` (conv, dense), `first`, `name` (* for any
 * characters), `positions` ([from, to]) and `earliest` (a share). A rule takes the parameters of its definition (`rules/`), `bias` (keep, zero) and `epsilon`: a number, "0.25 rms" (relative) or
 * "clip 1e-6".
 *
 * @throws SalientError 'bad-file' naming the entry that is wrong
 */
export function parseRules(text: string, parameters: CompositeParameters): Composite {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new SalientError('bad-file', `the rules are not JSON: ${(cause as Error).message}`, { cause });
  }
  const file = objectOf(json, 'the rule map');
  onlyKeys(file, ['composite', 'layers', 'pooling', 'averagePooling', 'lrn', 'product'], 'the rule map');
  const base = composite(wordOf(file.composite ?? 'epsilon-plus', 'composite'), parameters);
  const layers = file.layers ?? [];
  if (!Array.isArray(layers)) throw new SalientError('bad-file', 'the rules\' "layers" is not a list');
  const map: Composite = {
    ...base,
    name: `${base.name} with ${layers.length} rules of its own`,
    layers: [...layers.map((entry, index) => layerRule(entry, `layers[${index}]`)), ...base.layers],
    pooling: oneOf(file.pooling ?? base.pooling, ['winner', 'proportional', 'average'], 'pooling'),
    averagePooling: oneOf(file.averagePooling ?? base.averagePooling ?? 'norm', ['norm', 'uniform'], 'averagePooling'),
    lrn: oneOf(file.lrn ?? base.lrn, ['pass', 'taylor'], 'lrn'),
    product: oneOf(file.product ?? base.product ?? 'uniform', ['uniform', 'signal'], 'product'),
  };
  checkComposite(map);
  return map;
}

type Json = Readonly<Record<string, unknown>>;

function layerRule(value: unknown, where: string): LayerRule {
  const { match = {}, ...rule } = objectOf(value, where);
  return { match: layerMatch(objectOf(match, `${where}.match`), `${where}.match`), rule: ruleOf(rule, where) };
}

function layerMatch(match: Json, where: string): LayerMatch {
  onlyKeys(match, ['type', 'first', 'name', 'positions', 'earliest'], where);
  const { type, first, name, positions, earliest } = match;
  if (first !== undefined && typeof first !== 'boolean') bad(`${where}.first`, first, 'true or false');
  return {
    ...(type === undefined ? {} : { type: oneOf(type, ['conv', 'dense'], `${where}.type`) }),
    ...(first === undefined ? {} : { first }),
    ...(name === undefined ? {} : { name: wordOf(name, `${where}.name`) }),
    ...(positions === undefined ? {} : { positions: pairOf(positions, `${where}.positions`) }),
    ...(earliest === undefined ? {} : { earliest: numberOf(earliest, `${where}.earliest`) }),
  };
}

function ruleOf(json: Json, where: string): Rule {
  const rule = oneOf(json.rule, RULE_NAMES, `${where}.rule`);
  const base = {
    ...(json.bias === undefined ? {} : { bias: oneOf(json.bias, ['keep', 'zero'], `${where}.bias`) }),
    ...(json.epsilon === undefined ? {} : { stabilizer: stabilizerOf(json.epsilon, `${where}.epsilon`) }),
  };
  const { parameters } = definitionOf(rule);
  onlyKeys(json, ['rule', 'bias', 'epsilon', ...Object.keys(parameters)], where);
  const own: Record<string, number | number[]> = {};
  for (const [key, kind] of Object.entries(parameters)) {
    if (kind === 'numbers') own[key] = numbersOf(json[key], `${where}.${key}`);
    else if (json[key] !== undefined) own[key] = numberOf(json[key], `${where}.${key}`);
  }
  // The definition's parameters are those of the rule's type.
  return { ...base, rule, ...own } as Rule;
}

/** `1e-6` or `"1e-6"`, `"0.25 rms"`, `"clip 1e-6"`. */
function stabilizerOf(value: unknown, where: string): Stabilizer {
  const match = /^(clip\s+)?([-+.\deE]+)(\s+rms)?$/.exec(String(value).trim());
  const epsilon = Number(match?.[2]);
  if (match === null || !(epsilon >= 0) || (match[1] && match[3])) {
    bad(where, value, 'a number of at least 0, "0.25 rms" or "clip 1e-6"');
  }
  return { kind: match[1] ? 'clip' : match[3] ? 'relative' : 'absolute', epsilon };
}

function bad(where: string, found: unknown, expected: string): never {
  throw new SalientError('bad-file', `${where} is ${quoted(found)}; expected ${expected}`);
}

function objectOf(value: unknown, where: string): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  return bad(where, value, 'an object');
}

function onlyKeys(json: Json, known: readonly string[], where: string): void {
  const unknown = Object.keys(json).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    throw new SalientError('bad-file', `${where} has an unknown entry "${unknown}"; known: ${known.join(', ')}`);
  }
}

function wordOf(value: unknown, where: string): string {
  return typeof value === 'string' ? value : bad(where, value, 'a text');
}

function oneOf<T extends string>(value: unknown, choices: readonly T[], where: string): T {
  return choices.find((choice) => choice === value) ?? bad(where, value, `one of ${choices.join(', ')}`);
}

function numbersOf(value: unknown, where: string): number[] {
  const numbers = Array.isArray(value) ? value : [value];
  return numbers.length > 0 && numbers.every((number) => Number.isFinite(number))
    ? (numbers as number[])
    : bad(where, value, 'a number, or a list of one per channel');
}

function pairOf(value: unknown, where: string): [number, number] {
  const numbers = numbersOf(value, where);
  return numbers.length === 2 ? [numbers[0]!, numbers[1]!] : bad(where, value, '[from, to]');
}

function numberOf(value: unknown, where: string): number {
  return Number.isFinite(value) ? (value as number) : bad(where, value, 'a number');
}
