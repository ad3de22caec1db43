import type { Operation } from '../../tensor/operation.ts';
import type { ActivationAttributes } from './attributes.ts';
import { activate } from './functions.ts';
import { planActivation } from './wasm.ts';
import { dispatchActivation } from './webgpu.ts';

export type { ActivationAttributes } from './attributes.ts';

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
