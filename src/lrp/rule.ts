import { alphaBeta } from './rules/alpha-beta.ts';
import type { RuleCheck, RuleContext, RuleForm } from './rules/definition.ts';
import { epsilon } from './rules/epsilon.ts';
import { flat } from './rules/flat.ts';
import { gamma } from './rules/gamma.ts';
import { wSquare } from './rules/w-square.ts';
import { zBox } from './rules/z-box.ts';
import { zPlus } from './rules/z-plus.ts';
import { zero } from './rules/zero.ts';

export type { RuleContext, RuleForm } from './rules/definition.ts';

/** Every rule, each in a file of its own. */
const RULES = [zero, epsilon, gamma, alphaBeta, zPlus, zBox, wSquare, flat] as const;

/** A propagation rule of a convolution or dense layer, by its name in the literature, with its parameters. */
export type Rule = Parameters<(typeof RULES)[number]['form']>[0];

/** A rule's definition, for a rule of that name. */
interface AnyDefinition {
  readonly name: Rule['rule'];
  readonly parameters: Readonly<Record<string, 'number' | 'numbers'>>;
  check?(rule: Rule, check: RuleCheck): void;
  form(rule: Rule, context: RuleContext): RuleForm;
}

const DEFINITIONS: ReadonlyMap<string, AnyDefinition> = new Map(RULES.map((rule) => [rule.name, rule]));

export const RULE_NAMES: readonly Rule['rule'][] = RULES.map(({ name }) => name);

/** All that is known of the rule of this name. */
export function definitionOf(name: Rule['rule']): AnyDefinition {
  return DEFINITIONS.get(name)!;
}

/** The form of a rule for one layer. */
export function ruleForm(rule: Rule, context: RuleContext): RuleForm {
  return definitionOf(rule.rule).form(rule, context);
}
