import { SalientError } from '../error.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { WayBack } from './way-back.ts';

/** How a map of the input is made, by the name in the literature. */
export type Method = WayBack['name'] | 'smoothgrad' | 'integrated-gradients' | 'occlusion';

/** A method with its parameters; a name alone stands for the defaults. */
export type MethodOptions =
  | { readonly name: Exclude<Method, 'grad-cam' | 'smoothgrad' | 'integrated-gradients' | 'occlusion'> }
  | { readonly name: 'grad-cam'; readonly layer: string }
  | {
      /** Smilkov et al. 2017: the mean of maps of noisy inputs. */
      readonly name: 'smoothgrad';
      /** Default 25. */
      readonly samples?: number | undefined;
      /** Standard deviation of the noise over the span of the input's numbers. Default 0.15. */
      readonly sigma?: number | undefined;
      /** Default 1. */
      readonly seed?: number | undefined;
      /** Whose maps are averaged. Default `gradient`. */
      readonly of?: Exclude<WayBack['name'], 'grad-cam'> | undefined;
    }
  | {
      /** Sundararajan et al. 2017: (x − x')·∫ gradient along the straight path from the baseline x'. */
      readonly name: 'integrated-gradients';
      /** Default 32. */
      readonly steps?: number | undefined;
      /** What black becomes (default), the blurred input, or an input of one's own [C,H,W]. */
      readonly baseline?: Baseline | undefined;
    }
  | {
      /** Zeiler & Fergus 2014: how far the target falls where a window is replaced by the baseline. */
      readonly name: 'occlusion';
      /** Side in pixels. Default an eighth of the shorter side. */
      readonly window?: number | undefined;
      /** Default half of the window. */
      readonly stride?: number | undefined;
      readonly baseline?: Baseline | undefined;
    };

/** An input without the object: what black becomes, the input blurred, or a tensor [C,H,W] of one's own. */
export type Baseline = 'black' | 'blur' | Tensor;

/** Every method, with the names of its parameters. */
export const METHODS: Readonly<Record<Method, readonly string[]>> = {
  lrp: [],
  gradient: [],
  'gradient-x-input': [],
  deconvnet: [],
  'guided-backprop': [],
  'grad-cam': ['layer'],
  smoothgrad: ['samples', 'sigma', 'seed', 'of'],
  'integrated-gradients': ['steps', 'baseline'],
  occlusion: ['window', 'stride', 'baseline'],
};

/** @throws SalientError 'bad-argument' for a method or parameter that is not there, or a number that it cannot be */
export function resolveMethod(method: Method | MethodOptions = 'lrp'): MethodOptions {
  const options = typeof method === 'string' ? { name: method } : method;
  const { name, ...parameters } = options;
  if (!Object.hasOwn(METHODS, name)) {
    throw new SalientError(
      'bad-argument',
      `there is no method "${name}"; choose one of ${Object.keys(METHODS).join(', ')}`,
    );
  }
  for (const [parameter, value] of Object.entries(parameters)) {
    if (!METHODS[name].includes(parameter)) {
      const taken = METHODS[name].join(', ') || 'none';
      throw new SalientError('bad-argument', `${name} takes no ${parameter}; its parameters are ${taken}`);
    }
    const isCount = ['samples', 'steps', 'window', 'stride'].includes(parameter);
    if (isCount && value !== undefined && !(Number.isInteger(value) && (value as number) >= 1)) {
      throw new SalientError(
        'bad-argument',
        `${parameter} of ${name} is ${value}; expected a whole number of at least 1`,
      );
    }
    if (parameter === 'sigma' && value !== undefined && !((value as number) >= 0 && (value as number) <= 10)) {
      throw new SalientError('bad-argument', `sigma of ${name} is ${value}; expected a number from 0 to 10`);
    }
  }
  if (options.name === 'grad-cam' && (options as { layer?: string }).layer === undefined) {
    throw new SalientError('bad-argument', 'grad-cam needs a layer: the name of a convolution, say the last one');
  }
  return withDefaults(options as MethodOptions);
}

/** What a manifest must say to make the map again; occlusion's window follows from the input's size. */
function withDefaults(method: MethodOptions): MethodOptions {
  switch (method.name) {
    case 'smoothgrad': {
      const { samples = 25, sigma = 0.15, seed = 1, of = 'gradient' } = method;
      return { name: method.name, samples, sigma, seed, of };
    }
    case 'integrated-gradients': {
      const { steps = 32, baseline = 'black' } = method;
      return { name: method.name, steps, baseline };
    }
    default:
      return method;
  }
}

/** The way back of a method's single runs. */
export function wayBackOf(method: MethodOptions): WayBack {
  switch (method.name) {
    case 'smoothgrad':
      return { name: method.of ?? 'gradient' };
    case 'integrated-gradients':
    case 'occlusion':
      return { name: 'gradient' };
    case 'grad-cam':
      return { name: 'grad-cam', layer: method.layer };
    default:
      return { name: method.name };
  }
}

/** Whether a method averages or compares several runs. */
export function takesSamples({ name }: MethodOptions): boolean {
  return name === 'smoothgrad' || name === 'integrated-gradients' || name === 'occlusion';
}
