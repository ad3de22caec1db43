import { SalientError } from '../../error.ts';
import type { Operation } from '../../tensor/operation.ts';
import { formatShape } from '../../tensor/tensor.ts';
import type { SumPlaneAttributes } from './attributes.ts';
import { planSumPlane } from './wasm.ts';
import { dispatchSumPlane } from './webgpu.ts';

export type * from './attributes.ts';

/**
 * The sum over channels of a relevance map, h = Σ_c R_c, then max(h, 0) or |h|. Input: R [N,C,H,W]; output [N,1,H,W].
 * Each element of the map is read once.
 */
export function sumPlane(attributes: SumPlaneAttributes): Operation {
  return {
    name: 'sum-plane',
    attributes: { ...attributes },
    shape([map]) {
      if (map!.length !== 4) {
        throw new SalientError('shape-mismatch', `a relevance map is [N,C,H,W]; found ${formatShape(map!)}`);
      }
      return [[map![0]!, 1, map![2]!, map![3]!]];
    },
    reference([map], [output]) {
      const [batch, channels, height, width] = map!.shape as [number, number, number, number];
      const pixels = height * width;
      for (let n = 0; n < batch; n++) {
        for (let i = 0; i < pixels; i++) {
          let sum = 0;
          for (let c = 0; c < channels; c++) sum += map!.data[(n * channels + c) * pixels + i]!;
          output!.data[n * pixels + i] = attributes.absolute ? Math.abs(sum) : Math.max(sum, 0);
        }
      }
    },
    wasm: (step) => planSumPlane(step, attributes.absolute),
    webgpu: (step) => dispatchSumPlane(step, attributes.absolute),
  };
}
