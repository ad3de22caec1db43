import type { Operation } from '../../tensor/operation.ts';
import type { ActivationAttributes } from '../activation/attributes.ts';
import { derivative } from '../activation/functions.ts';
import { forEachUnit, type LrnAttributes, normalizer } from '../lrn/operation.ts';
import { dispatchActivationGradient, dispatchLrnGradient } from './webgpu.ts';

/**
 * An activation's gradient, g·f'(x) for every element. Where f has no derivative: 0 for ReLU at 0 and for clipping at
 * both bounds, the slope for leaky ReLU at 0. Inputs g and x of one shape; output like them.
 */
export function activationGradient(attributes: ActivationAttributes): Operation {
  return {
    name: 'activation-gradient',
    attributes: { ...attributes },
    shape: ([gradient]) => [[...gradient!]],
    reference([gradient, x], [output]) {
      for (let i = 0; i < x!.data.length; i++) {
        output!.data[i] = gradient!.data[i]! * derivative(attributes, x!.data[i]!);
      }
    },
    webgpu: (step) => dispatchActivationGradient(step, attributes),
  };
}

/**
 * The gradient of local response normalisation, with d_j = k + (α/n) Σx² over output j's window:
 * g'_i = g_i d_i^−β − 2(α/n)β x_i Σ_j g_j x_j d_j^(−β−1) over the outputs j whose window holds i.
 * Inputs g, x [N,C,...]; output [N,C,...].
 */
export function lrnGradient(attributes: LrnAttributes): Operation {
  const { size, alpha, beta } = attributes;
  return {
    name: 'lrn-gradient',
    attributes: { ...attributes },
    shape: ([gradient]) => [[...gradient!]],
    reference([gradient, x], [output]) {
      output!.data.fill(0);
      forEachUnit(x!, attributes, (at, first, end, stride) => {
        const normal = normalizer(x!, attributes, first, end, stride);
        const g = gradient!.data[at]!;
        output!.data[at]! += g * normal ** -beta;
        const factor = (-2 * alpha * beta * g * x!.data[at]! * normal ** (-beta - 1)) / size;
        for (let i = first; i < end; i += stride) output!.data[i]! += factor * x!.data[i]!;
      });
    },
    webgpu: (step) => dispatchLrnGradient(step, attributes),
  };
}
