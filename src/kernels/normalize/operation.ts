import type { Operation } from '../../tensor/operation.ts';
import { elementCount } from '../../tensor/tensor.ts';
import type { NormalizeAttributes } from './attributes.ts';
import { planNormalize } from './wasm.ts';
import { dispatchNormalize } from './webgpu.ts';

export type * from './attributes.ts';

/**
 * Brings each row of x [rows, ...] to [0,1] on its own; alias a buffer to choose what a row is (a map, a plane, a
 * query grid). Output: as x. Two passes over the data: a reduction of each row, then one element at a time.
 */
export function normalize(attributes: NormalizeAttributes): Operation {
  const { by, tolerance } = attributes;
  return {
    name: 'normalize',
    attributes: { ...attributes },
    shape: ([x]) => [[...x!]],
    reference([x], [output]) {
      const rows = x!.shape[0]!;
      const length = elementCount(x!.shape) / rows;
      const value = by === 'peak' ? Math.abs : (element: number) => element;
      for (let row = 0; row < rows; row++) {
        let low = Number.POSITIVE_INFINITY;
        let high = Number.NEGATIVE_INFINITY;
        for (let i = row * length; i < (row + 1) * length; i++) {
          low = Math.min(low, value(x!.data[i]!));
          high = Math.max(high, value(x!.data[i]!));
        }
        if (by === 'peak') low = 0;
        for (let i = row * length; i < (row + 1) * length; i++) {
          output!.data[i] = high - low > tolerance ? (value(x!.data[i]!) - low) / (high - low) : 0;
        }
      }
    },
    wasm: (step) => planNormalize(step, attributes),
    webgpu: (step) => dispatchNormalize(step, attributes),
  };
}
