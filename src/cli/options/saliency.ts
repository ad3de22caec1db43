import { SalientError } from '../../error.ts';
import { type ResolvedSaliencyOptions, resolveSaliencyOptions, type SaliencyOptions } from '../../saliency/options.ts';
import { choiceOption, numberOption, numbersOption } from '../command.ts';

/** Help that is the same wherever SR maps are made. */
export const SALIENCY_SHARED_HELP = `  --size N|none           longest side at which patches are compared; default 250
  --scales S,S,...        default 1,0.8,0.5,0.3
  --nearest K             default 64
  --patch P               side of the patches in pixels, odd; default 7
  --query-stride D        pixels between two queries; default 3; --dense is 1
  --candidate-stride D    pixels between two patches that they are compared with; default 3
  --position-weight C     how much distance in the image lessens dissimilarity; default 3
  --focus-threshold T     a focus is where saliency is greater than this; default 0.8
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
  patch: { type: 'string' },
  'query-stride': { type: 'string' },
  'candidate-stride': { type: 'string' },
  'position-weight': { type: 'string' },
  'focus-threshold': { type: 'string' },
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
  readonly patch?: string | undefined;
  readonly 'query-stride'?: string | undefined;
  readonly 'candidate-stride'?: string | undefined;
  readonly 'position-weight'?: string | undefined;
  readonly 'focus-threshold'?: string | undefined;
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
  if (values.dense && values['query-stride'] !== undefined) {
    throw new SalientError('bad-argument', '--dense is --query-stride 1; leave out one of them');
  }
  return {
    input: choiceOption(values.input, 'input', ['sum', 'paper', 'image']),
    size: values.size === 'none' ? 'none' : numberOption(values.size, 'size'),
    scales: numbersOption(values.scales, 'scales'),
    nearest: numberOption(values.nearest, 'nearest'),
    patch: numberOption(values.patch, 'patch'),
    queryStride: values.dense ? 1 : numberOption(values['query-stride'], 'query-stride'),
    candidateStride: numberOption(values['candidate-stride'], 'candidate-stride'),
    positionWeight: numberOption(values['position-weight'], 'position-weight'),
    focusThreshold: numberOption(values['focus-threshold'], 'focus-threshold'),
    absolute: values.absolute,
    foci: choiceOption(values.foci, 'foci', ['scale', 'mean', 'none']),
    centrePrior: numberOption(values['centre-prior'], 'centre-prior'),
  };
}
