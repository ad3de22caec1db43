import { OPERATORS } from '../forward/operators/table.ts';
import type { Handlers } from '../reverse/handlers.ts';

/**
 * The gradient (sensitivity; Simonyan et al. 2014): every operator's true adjoint. From a start g at the logits it takes
 * Σ_k g_k·∂logit_k back to every value.
 */
export const GRADIENT: Handlers = Object.fromEntries(
  Object.entries(OPERATORS).map(([op, { adjoint }]) => [op, adjoint]),
) as unknown as Handlers;
