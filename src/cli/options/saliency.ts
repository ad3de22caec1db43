import { type ResolvedSaliencyOptions, resolveSaliencyOptions, type SaliencyOptions } from '../../saliency/options.ts';
import { choiceOption, numberOption, numbersOption } from '../command.ts';

/** Help that is the same wherever SR maps are made. */
export const SALIENCY_SHARED_HELP = `  --size N|none           longest side at which patches are compared; default 250
  --scales S,S,...        default 1,0.8,0.5,0.3
  --nearest K             default 64
  --dense                 a query at every pixel
  --absolute              with sum: |relevance| in place of positive relevance
  --foci scale|mean|none  immediate context, default scale
  --centre-prior SIGMA    a Gaussian centre prior; a fraction of each side`;

export const SALIENCY_HELP = `  --input sum|paper|image what context-aware saliency compares: positive relevance (default), |relevance| as colours
                          as the paper did, or a photograph's colours
${SALIENCY_SHARED_HELP}
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

/** All saliency options, those that were not asked for by default; `false` for no SR map. */
export function saliencyFrom(values: Values): ResolvedSaliencyOptions | false {
  return !values['no-saliency'] && resolveSaliencyOptions(askedSaliency(values));
}

/** The saliency options that were asked for. */
export function askedSaliency(values: Values): SaliencyOptions {
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
