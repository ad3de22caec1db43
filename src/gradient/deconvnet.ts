import { activation } from '../kernels/activation/operation.ts';
import type { Handlers } from '../reverse/handlers.ts';
import { GRADIENT } from './gradient.ts';

/**
 * DeconvNet (Zeiler & Fergus 2014): the gradient, but a Relu lets through what is positive of what arrives, whether it was
 * on in the forward pass or not: max(g, 0).
 */
export const DECONVNET: Handlers = {
  ...GRADIENT,
  Relu: ({ builder, arriving }) => [builder.add(activation({ kind: 'relu' }), [arriving])],
};
