import { SalientError } from '../../error.ts';
import type { Init } from '../../explain/target.ts';
import { PRESETS, type Preprocessing } from '../../image/preprocess.ts';
import { COMPOSITE_NAMES, type Composite, type CompositeParameters, composite } from '../../lrp/composite.ts';
import { LARGEST_PARAMETER } from '../../lrp/rules/definition.ts';
import { parseRules } from '../../lrp/rules-file.ts';
import { boundsOf } from '../../model/own-settings.ts';
import { choiceOption, numberOption, numbersOption } from '../command.ts';
import { named, readInput } from '../read.ts';

export const COMPOSITE_HELP = `  --composite NAME        rules: ${COMPOSITE_NAMES.slice(0, 4).join(', ')},
                          ${COMPOSITE_NAMES.slice(4).join(', ')}
  --rules FILE            a rule map in JSON (docs/lrp.md, "Rules of your own")
  --target CLASS          predicted (default), a class index, or a label
  --init logit|one|contrastive|runner-up   where relevance starts; default: the target's logit
  --epsilon E --gamma G --low L[,L,L] --high H[,H,H]   parameters of the composite; low and high bound the network's
                          input for z-box (default: black and white of the preprocessing)`;

export const COMPOSITE_OPTIONS = {
  composite: { type: 'string' },
  rules: { type: 'string' },
  target: { type: 'string', multiple: true },
  init: { type: 'string' },
  epsilon: { type: 'string' },
  gamma: { type: 'string' },
  low: { type: 'string' },
  high: { type: 'string' },
} as const;

type Values = { readonly [K in Exclude<keyof typeof COMPOSITE_OPTIONS, 'target'>]?: string | undefined } & {
  readonly target?: readonly string[] | undefined;
};

/** How relevance is to start and to be handed down. */
export interface RuleChoice {
  readonly composite: Composite;
  readonly target: string | undefined;
  readonly init: Init | undefined;
}

/**
 * The rules, target and start that were asked for, for a model of this preprocessing, whose black and white bound z-box.
 * What is wrong whatever the model is found at once.
 */
export async function rulesFrom(values: Values): Promise<(preprocessing: Preprocessing) => Promise<RuleChoice>> {
  const [target, second] = values.target ?? [];
  if (second !== undefined) {
    throw new SalientError(
      'bad-argument',
      `--target is given twice, "${target}" and "${second}"; here one is explained`,
    );
  }
  const init = choiceOption(values.init, 'init', ['logit', 'one', 'contrastive', 'runner-up']);
  const compositeWith = await compositeFrom(values);
  const epsilon = parameterOption(values.epsilon, 'epsilon');
  const gamma = parameterOption(values.gamma, 'gamma');
  const low = numbersOption(values.low, 'low');
  const high = numbersOption(values.high, 'high');
  const choose = async (preprocessing: Preprocessing): Promise<RuleChoice> => {
    const bounds = boundsOf(preprocessing);
    const parameters: CompositeParameters = {
      ...(epsilon === undefined ? {} : { epsilon }),
      ...(gamma === undefined ? {} : { gamma }),
      low: low ?? bounds.low,
      high: high ?? bounds.high,
    };
    return { composite: await compositeWith(parameters), target, init };
  };
  await choose(PRESETS.imagenet); // only to find what is wrong with a name or a rules file
  return choose;
}

async function compositeFrom({ rules, composite: name }: Values) {
  if (rules === undefined) {
    return async (parameters: CompositeParameters): Promise<Composite> => composite(name ?? 'epsilon-plus', parameters);
  }
  if (name !== undefined) {
    throw new SalientError(
      'bad-argument',
      '--rules and --composite exclude each other; name the composite in the rules file',
    );
  }
  const text = (await readInput(rules)).toString('utf8');
  const parsed = async (parameters: CompositeParameters): Promise<Composite> => parseRules(text, parameters);
  return (parameters: CompositeParameters) => named(rules, parsed(parameters));
}

function parameterOption(value: string | undefined, name: string): number | undefined {
  const number = numberOption(value, name);
  if (number === undefined || (number >= 0 && number <= LARGEST_PARAMETER)) return number;
  throw new SalientError('bad-argument', `--${name} is ${number}; expected a number from 0 to ${LARGEST_PARAMETER}`);
}
