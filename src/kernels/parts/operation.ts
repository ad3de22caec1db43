import type { Operation } from '../../tensor/operation.ts';
import { type Parts, stackedChannel } from '../shared/maps.ts';
import { planExpandParts, planSumParts } from './wasm.ts';
import { dispatchExpandParts, dispatchSumParts } from './webgpu.ts';

/**
 * What a rule makes of a layer's input a before it meets the weights: `signs` [a⁺; a⁻]; `box` [a; −low; −high] with a
 * bound per channel or one for all (z-box, Montavon et al. 2017); `ones` (flat and w-square).
 */
export type Expansion =
  | { readonly kind: 'signs' }
  | { readonly kind: 'box'; readonly low: readonly number[]; readonly high: readonly number[] }
  | { readonly kind: 'ones' };

/** Number of parts of an expansion. */
export function expansionParts(expansion: Expansion): number {
  return { signs: 2, box: 3, ones: 1 }[expansion.kind];
}

/** The factor that part `part` of an expansion makes of a value of a channel. */
export function expandValue(expansion: Expansion, part: number, value: number, channel: number): number {
  switch (expansion.kind) {
    case 'signs':
      return part === 0 ? Math.max(value, 0) : Math.min(value, 0);
    case 'box': {
      if (part === 0) return value;
      const bounds = part === 1 ? expansion.low : expansion.high;
      return -(bounds[channel % bounds.length] ?? 0);
    }
    case 'ones':
      return 1;
  }
}

export interface ExpandAttributes {
  readonly expansion: Expansion;
  readonly groups: number;
}

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

export interface SumPartsAttributes {
  readonly parts: number;
  readonly groups: number;
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
