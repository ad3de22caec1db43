import type { Operation } from '../../tensor/operation.ts';
import { elementCount } from '../../tensor/tensor.ts';
import { dispatchSumTo } from '../elementwise/webgpu.ts';
import { broadcastStrides, forEachElement } from '../shared/walk.ts';
import { planReduce } from '../shared/wasm-walk.ts';

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
    wasm: (step) => planReduce(step, elementCount(step.outputs[0]!) / elementCount(step.inputs[0]!)),
    webgpu(step) {
      const [x, output] = [step.inputs[0]!, step.outputs[0]!];
      dispatchSumTo(step, elementCount(output.shape) / elementCount(x.shape));
    },
  };
}
