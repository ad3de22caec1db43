import { activation } from '../kernels/activation/operation.ts';
import type { Handlers } from '../reverse/handlers.ts';
import { GRADIENT } from './gradient.ts';

/**
 * Guided backpropagation (Springenberg et al. 2015, "Striving for simplicity"): the gradient, but a Relu lets through
 * only what is positive, where its own output is: g·[y > 0]·[g > 0].
 */
export const GUIDED_BACKPROP: Handlers = {
  ...GRADIENT,
  Relu: (step) => GRADIENT.Relu(step).map((buffer) => step.builder.add(activation({ kind: 'relu' }), [buffer!])),
};
