import type { Operation } from '../../tensor/operation.ts';
import { float, inChunks } from '../../tensor/wasm/step.ts';
import { dispatchActivation } from '../elementwise/webgpu.ts';

export type ActivationAttributes =
  | { readonly kind: 'relu' }
  | { readonly kind: 'leaky-relu'; readonly alpha: number }
  | { readonly kind: 'clip'; readonly min: number; readonly max: number }
  | { readonly kind: 'sigmoid' };

/** One function on every element. */
export function activation(attributes: ActivationAttributes): Operation {
  return {
    name: 'activation',
    attributes: { ...attributes },
    shape: ([x]) => [[...x!]],
    reference([x], [y]) {
      for (let i = 0; i < x!.data.length; i++) y!.data[i] = activate(attributes, x!.data[i]!);
    },
    wasm(step) {
      const { count, chunk, parts } = inChunks(step.outputs[0]!);
      const [kind, low, high] = wasmFunction(attributes);
      step.task('activation', parts, [step.input(0), step.output(0), count, chunk, kind, float(low), float(high)]);
      return true;
    },
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

/** The wasm kernel's number for a function, and its two parameters. */
function wasmFunction(attributes: ActivationAttributes): [kind: number, low: number, high: number] {
  switch (attributes.kind) {
    case 'relu':
      return [0, 0, Number.POSITIVE_INFINITY];
    case 'clip':
      return [0, attributes.min, attributes.max];
    case 'leaky-relu':
      return [1, attributes.alpha, 0];
    case 'sigmoid':
      return [2, 0, 0];
  }
}
