import type { Operation } from '../../tensor/operation.ts';
import { elementCount } from '../../tensor/tensor.ts';
import { broadcastStrides, forEachElement } from '../shared/walk.ts';
import { planReduceMean } from './wasm.ts';
import { dispatchReduceMean } from './webgpu.ts';

/** Mean over some axes, which keep extent 1 (dropping them is a reshape). */
export function reduceMean({ axes }: { readonly axes: readonly number[] }): Operation {
  return {
    name: 'reduce-mean',
    attributes: { axes },
    shape: ([x]) => [x!.map((extent, axis) => (axes.includes(axis) ? 1 : extent))],
    reference([x], [output]) {
      output!.data.fill(0);
      forEachElement(x!.shape, broadcastStrides(output!.shape, x!.shape), (from, to) => {
        output!.data[to]! += x!.data[from]!;
      });
      const count = elementCount(x!.shape) / elementCount(output!.shape);
      for (let i = 0; i < output!.data.length; i++) output!.data[i]! /= count;
    },
    wasm: planReduceMean,
    webgpu: dispatchReduceMean,
  };
}
