import type { Operation } from '../../tensor/operation.ts';
import { elementCount } from '../../tensor/tensor.ts';
import { planSoftmax } from './wasm.ts';
import { dispatchSoftmax } from './webgpu.ts';

/** exp(x − max) / Σ exp(x − max) along one axis; with `log` its logarithm, x − max − log Σ exp(x − max). */
export function softmax({ axis, log = false }: { readonly axis: number; readonly log?: boolean }): Operation {
  return {
    name: 'softmax',
    attributes: log ? { axis, log } : { axis },
    shape: ([x]) => [[...x!]],
    reference([x], [y]) {
      const extent = x!.shape[axis]!;
      const stride = elementCount(x!.shape.slice(axis + 1));
      const rows = elementCount(x!.shape) / extent;
      for (let row = 0; row < rows; row++) {
        const first = Math.floor(row / stride) * stride * extent + (row % stride);
        const end = first + extent * stride;
        let largest = x!.data[first]!;
        for (let i = first; i < end; i += stride) largest = Math.max(largest, x!.data[i]!);
        let sum = 0;
        for (let i = first; i < end; i += stride) {
          const power = Math.exp(x!.data[i]! - largest);
          y!.data[i] = power;
          sum += power;
        }
        for (let i = first; i < end; i += stride) {
          y!.data[i] = log ? x!.data[i]! - largest - Math.log(sum) : y!.data[i]! / sum;
        }
      }
    },
    wasm: (step) => !log && planSoftmax(step, axis),
    webgpu: (step) => dispatchSoftmax(step, axis, log),
  };
}
