import type { Operation } from '../../tensor/operation.ts';
import { type Parts, stackedChannel } from '../shared/maps.ts';
import { type ExpandAttributes, expandValue, expansionParts, type SumPartsAttributes } from './attributes.ts';
import { planExpandParts, planSumParts } from './wasm.ts';
import { dispatchExpandParts, dispatchSumParts } from './webgpu.ts';

export type * from './attributes.ts';

/** Input a [N,C,...]; output [N,Q·C,...], parts stacked as in {@link Parts}. */
export function expandParts(attributes: ExpandAttributes): Operation {
  const { expansion, groups } = attributes;
  const parts = expansionParts(expansion);
  return {
    name: 'expand-parts',
    attributes: { ...attributes },
    shape: ([a]) => [[a![0]!, a![1]! * parts, ...a!.slice(2)]],
    reference([a], [output]) {
      const [batch, channels] = a!.shape as [number, number];
      const layout: Parts = { parts, groups, channels };
      const plane = a!.data.length / (batch * channels);
      for (let n = 0; n < batch; n++) {
        for (let channel = 0; channel < channels; channel++) {
          const from = (n * channels + channel) * plane;
          for (let part = 0; part < parts; part++) {
            const to = (n * channels * parts + stackedChannel(layout, part, channel)) * plane;
            for (let i = 0; i < plane; i++) {
              output!.data[to + i] = expandValue(expansion, part, a!.data[from + i]!, channel);
            }
          }
        }
      }
    },
    wasm: (step) => planExpandParts(step, attributes),
    webgpu: (step) => dispatchExpandParts(step, attributes),
  };
}

/** Σ over the parts: input [N,Q·C,...]; output [N,C,...]. */
export function sumParts(attributes: SumPartsAttributes): Operation {
  const { parts, groups } = attributes;
  return {
    name: 'sum-parts',
    attributes: { ...attributes },
    shape: ([stacked]) => [[stacked![0]!, stacked![1]! / parts, ...stacked!.slice(2)]],
    reference([stacked], [output]) {
      const [batch, channels] = output!.shape as [number, number];
      const layout: Parts = { parts, groups, channels };
      const plane = output!.data.length / (batch * channels);
      for (let n = 0; n < batch; n++) {
        for (let channel = 0; channel < channels; channel++) {
          const to = (n * channels + channel) * plane;
          for (let i = 0; i < plane; i++) {
            let sum = 0;
            for (let part = 0; part < parts; part++) {
              sum += stacked!.data[(n * channels * parts + stackedChannel(layout, part, channel)) * plane + i]!;
            }
            output!.data[to + i] = sum;
          }
        }
      }
    },
    wasm: (step) => planSumParts(step, attributes),
    webgpu: (step) => dispatchSumParts(step, attributes),
  };
}
