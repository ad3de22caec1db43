import type { Operation } from '../tensor/operation.ts';

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
