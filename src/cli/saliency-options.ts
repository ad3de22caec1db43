import type { SaliencyOptions } from '../saliency/options.ts';
import { choiceOption, numberOption, numbersOption } from './command.ts';

export const SALIENCY_HELP = `  --input sum|paper|image what context-aware saliency compares: positive relevance (default), |relevance| as colours
                          as the paper did, or a photograph's colours
    --size N|none --scales S,S,... --nearest K --dense --absolute --foci scale|mean|none --centre-prior SIGMA
  --no-saliency           relevance only`;

export const SALIENCY_OPTIONS = {
  input: { type: 'string' },
  size: { type: 'string' },
  scales: { type: 'string' },
  nearest: { type: 'string' },
  dense: { type: 'boolean' },
  absolute: { type: 'boolean' },
  foci: { type: 'string' },
  'centre-prior': { type: 'string' },
  'no-saliency': { type: 'boolean' },
} as const;

interface Values {
  readonly input?: string | undefined;
  readonly size?: string | undefined;
  readonly scales?: string | undefined;
  readonly nearest?: string | undefined;
  readonly dense?: boolean | undefined;
  readonly absolute?: boolean | undefined;
  readonly foci?: string | undefined;
  readonly 'centre-prior'?: string | undefined;
  readonly 'no-saliency'?: boolean | undefined;
}

/** The saliency options that were asked for; `false` for none. What they may be is checked where they are used. */
export function saliencyFrom(values: Values): SaliencyOptions | false {
  if (values['no-saliency']) return false;
  return {
    input: choiceOption(values.input, 'input', ['sum', 'paper', 'image']),
    size: values.size === 'none' ? 'none' : numberOption(values.size, 'size'),
    scales: numbersOption(values.scales, 'scales'),
    nearest: numberOption(values.nearest, 'nearest'),
    queryStride: values.dense ? 1 : undefined,
    absolute: values.absolute,
    foci: choiceOption(values.foci, 'foci', ['scale', 'mean', 'none']),
    centrePrior: numberOption(values['centre-prior'], 'centre-prior'),
  };
}
