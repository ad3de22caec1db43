import type { Operation } from '../../tensor/operation.ts';
import type { ActivationAttributes } from './attributes.ts';
import { planActivation } from './wasm.ts';
import { dispatchActivation } from './webgpu.ts';

export type * from './attributes.ts';

/** One function on every element. */
export function activation(attributes: ActivationAttributes): Operation {
  return {
    name: 'activation',
    attributes: { ...attributes },
    shape: ([x]) => [[...x!]],
    reference([x], [y]) {
      for (let i = 0; i < x!.data.length; i++) y!.data[i] = activate(attributes, x!.data[i]!);
    },
    wasm: (step) => planActivation(step, attributes),
    webgpu: (step) => dispatchActivation(step, attributes),
  };
}

function activate(attributes: ActivationAttributes, x: number): number {
  switch (attributes.kind) {
    case 'relu':
      return Math.max(x, 0);
    case 'leaky-relu':
      return x >= 0 ? x : attributes.alpha * x;
    case 'clip':
      return Math.min(Math.max(x, attributes.min), attributes.max);
    case 'sigmoid':
      return 1 / (1 + Math.exp(-x));
  }
}
