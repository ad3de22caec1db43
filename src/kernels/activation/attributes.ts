import type { ElementFunction } from '../../tensor/element-function.ts';

/** A function of each element; formulas: `functions.ts`. */
export type ActivationAttributes =
  | { readonly kind: 'relu' }
  | { readonly kind: 'leaky-relu'; readonly alpha: number }
  | { readonly kind: 'clip'; readonly min: number; readonly max: number }
  | { readonly kind: 'sigmoid' }
  | ElementFunction;

/** The kernels' numbers of the functions, the same in WGSL and WebAssembly. */
export const FUNCTION_NUMBERS: Readonly<Record<ActivationAttributes['kind'], number>> = {
  clip: 0,
  'leaky-relu': 1,
  sigmoid: 2,
  relu: 3,
  'hard-sigmoid': 4,
  'hard-swish': 5,
  elu: 6,
  tanh: 7,
  softplus: 8,
  softsign: 9,
  gelu: 10,
  'gelu-tanh': 11,
  erf: 12,
  exp: 13,
  log: 14,
  sqrt: 15,
  abs: 16,
  reciprocal: 17,
  power: 18,
};

/** The parameters A, B and C of a function in the kernels; 1 for those it lacks, as shaders divide by C. */
export function functionParameters(attributes: ActivationAttributes): readonly [number, number, number] {
  switch (attributes.kind) {
    case 'clip':
      return [attributes.min, attributes.max, 1];
    case 'leaky-relu':
      return [attributes.alpha, 1, 1];
    case 'hard-sigmoid':
      return [attributes.alpha, attributes.beta, 1];
    case 'elu':
      return [attributes.alpha, attributes.scale, attributes.width];
    case 'power':
      return [attributes.exponent, 1, 1];
    default:
      return [1, 1, 1];
  }
}
