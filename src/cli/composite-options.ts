import { SalientError } from '../error.ts';
import { COMPOSITE_NAMES, type Composite, type CompositeParameters, composite } from '../lrp/composite.ts';
import { parseRules } from '../lrp/rules-file.ts';
import type { Init } from '../lrp/target.ts';
import type { Model } from '../model.ts';
import { boundsOf } from '../own-settings.ts';
import { choiceOption, numberOption, numbersOption } from './command.ts';
import { named, readInput } from './read.ts';

export const COMPOSITE_HELP = `  --composite NAME        rules: ${COMPOSITE_NAMES.slice(0, 4).join(', ')},
                          ${COMPOSITE_NAMES.slice(4).join(', ')}
  --rules FILE            a rule map in JSON (docs/lrp.md, "Rules of your own")
  --target CLASS          predicted (default), a class index, or a label
  --init logit|one|contrastive   where relevance starts; default: the target's logit
  --epsilon E --gamma G --low L[,L,L] --high H[,H,H]   parameters of the composite; low and high bound the network's
                          input for z-box (default: black and white of the preprocessing)`;

export const COMPOSITE_OPTIONS = {
  composite: { type: 'string' },
  rules: { type: 'string' },
  target: { type: 'string' },
  init: { type: 'string' },
  epsilon: { type: 'string' },
  gamma: { type: 'string' },
  low: { type: 'string' },
  high: { type: 'string' },
} as const;

type Values = { readonly [K in keyof typeof COMPOSITE_OPTIONS]?: string | undefined };

/** How relevance is to start and to be handed down. */
export interface RuleChoice {
  readonly composite: Composite;
  readonly target: string | undefined;
  readonly init: Init | undefined;
}

/** The rules, target and start that were asked for. */
export async function rulesFrom(values: Values, model: Model): Promise<RuleChoice> {
  return {
    composite: await compositeFrom(values, boundsOf(model.preprocessing)),
    target: values.target,
    init: choiceOption(values.init, 'init', ['logit', 'one', 'contrastive']),
  };
}

async function compositeFrom(values: Values, bounds: ReturnType<typeof boundsOf>): Promise<Composite> {
  const epsilon = numberOption(values.epsilon, 'epsilon');
  const gamma = numberOption(values.gamma, 'gamma');
  const parameters: CompositeParameters = {
    ...(epsilon === undefined ? {} : { epsilon }),
    ...(gamma === undefined ? {} : { gamma }),
    low: numbersOption(values.low, 'low') ?? bounds.low,
    high: numbersOption(values.high, 'high') ?? bounds.high,
  };
  if (values.rules === undefined) return composite(values.composite ?? 'epsilon-plus', parameters);
  if (values.composite !== undefined) {
    throw new SalientError(
      'bad-argument',
      '--rules and --composite exclude each other; name the composite in the rules file',
    );
  }
  return named(
    values.rules,
    readInput(values.rules).then((bytes) => parseRules(bytes.toString('utf8'), parameters)),
  );
}
