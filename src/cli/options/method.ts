import { METHODS, type Method, type MethodOptions, resolveMethod } from '../../explain/methods.ts';
import { choiceOption, countOption, numberOption } from '../command.ts';

const NAMES = Object.keys(METHODS) as Method[];

export const METHOD_HELP = `  --method NAME           ${NAMES.slice(0, 5).join(', ')},
                          ${NAMES.slice(5).join(', ')}; default: lrp
  --layer LAYER           grad-cam's layer
  --samples N --sigma S --seed K --of METHOD   smoothgrad: noisy inputs, their noise over the input's span, whose maps
  --steps N --baseline black|blur   integrated-gradients, which prints how far its sum is from the score's difference
  --window N --stride N   occlusion, which takes a baseline too`;

export const METHOD_OPTIONS = {
  method: { type: 'string' },
  layer: { type: 'string' },
  samples: { type: 'string' },
  sigma: { type: 'string' },
  seed: { type: 'string' },
  of: { type: 'string' },
  steps: { type: 'string' },
  baseline: { type: 'string' },
  window: { type: 'string' },
  stride: { type: 'string' },
} as const;

type Values = { readonly [K in keyof typeof METHOD_OPTIONS]?: string | undefined };

/** The method that was asked for, checked; a parameter that it does not take is refused. */
export function methodFrom(values: Values): MethodOptions {
  const parameters = {
    layer: values.layer,
    samples: countOption(values.samples, 'samples'),
    sigma: numberOption(values.sigma, 'sigma'),
    seed: numberOption(values.seed, 'seed'),
    of: choiceOption(values.of, 'of', ['lrp', 'gradient', 'gradient-x-input', 'deconvnet', 'guided-backprop']),
    steps: countOption(values.steps, 'steps'),
    baseline: choiceOption(values.baseline, 'baseline', ['black', 'blur']),
    window: countOption(values.window, 'window'),
    stride: countOption(values.stride, 'stride'),
  };
  const given = Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== undefined));
  const name = choiceOption(values.method, 'method', NAMES) ?? 'lrp';
  return resolveMethod({ ...given, name } as MethodOptions);
}
