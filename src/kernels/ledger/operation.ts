import type { Operation } from '../../tensor/operation.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { rootMeanSquare, stabilize } from '../quotient/operation.ts';
import { mapBias, type Parts, stackedChannel } from '../shared/maps.ts';
import type { AbsorbedAttributes } from './attributes.ts';
import { planAbsorbed, planStatistics } from './wasm.ts';
import { dispatchAbsorbed, dispatchStatistics } from './webgpu.ts';

export type * from './attributes.ts';

/** Per sample: sum, minimum, maximum and the number of values that are not finite. Input [N,...]; output [N,4]. */
export function statistics(): Operation {
  return {
    name: 'statistics',
    attributes: {},
    shape: ([x]) => [[x![0]!, 4]],
    reference([x], [output]) {
      const batch = x!.shape[0]!;
      const count = x!.data.length / batch;
      for (let n = 0; n < batch; n++) {
        const values = x!.data.subarray(n * count, (n + 1) * count);
        let [sum, minimum, maximum, notFinite] = [0, values[0]!, values[0]!, 0];
        for (const value of values) {
          sum += value;
          minimum = Math.min(minimum, value);
          maximum = Math.max(maximum, value);
          if (!Number.isFinite(value)) notFinite++;
        }
        output!.data.set([sum, minimum, maximum, notFinite], n * 4);
      }
    },
    wasm: (step) => planStatistics(step),
    webgpu: (step) => dispatchStatistics(step),
  };
}

/**
 * What a layer's quotient step kept from its inputs, per sample: by the bias, Σ s·b, and by the stabilizer,
 * Σ s·(stab(z) − z). With the absolute stabilizer the latter is ε·Σ |s|·sign(scale·R), which needs no z: s, R and
 * z have matching signs. Inputs: R [N,C,...], s [N,P·C,...], z like s unless the stabilizer is absolute, the bias [C]
 * where `bias`. Output [N,2].
 */
export function absorbed(attributes: AbsorbedAttributes): Operation {
  const { scales, stabilizer, groups, maps } = attributes;
  return {
    name: 'absorbed',
    attributes: { ...attributes },
    shape: ([relevance]) => [[relevance![0]!, 2]],
    reference(inputs, [output]) {
      const [relevance, s] = inputs as [Tensor, Tensor];
      const z = stabilizer.kind === 'absolute' ? undefined : inputs[2]!;
      const bias = attributes.bias ? mapBias(inputs.at(-1)!, maps, groups) : undefined;
      const [batch, channels] = relevance.shape as [number, number];
      const layout: Parts = { parts: scales.length, groups, channels };
      const stacked = channels * scales.length;
      const plane = relevance.data.length / (batch * channels);
      for (let n = 0; n < batch; n++) {
        const rms = z && rootMeanSquare(z, n * stacked * plane, stacked * plane);
        let [byBias, byStabilizer] = [0, 0];
        for (const [part, scale] of scales.entries()) {
          for (let channel = 0; channel < channels; channel++) {
            const to = stackedChannel(layout, part, channel);
            for (let i = 0; i < plane; i++) {
              const at = (n * stacked + to) * plane + i;
              const quotient = s.data[at]!;
              byBias += quotient * (bias?.[to] ?? 0);
              byStabilizer +=
                z === undefined
                  ? stabilizer.epsilon *
                    Math.abs(quotient) *
                    Math.sign(scale * relevance.data[(n * channels + channel) * plane + i]!)
                  : quotient * (stabilize(z.data[at]!, stabilizer, rms) - z.data[at]!);
            }
          }
        }
        output!.data.set([byBias, byStabilizer], n * 2);
      }
    },
    wasm: (step) => planAbsorbed(step, attributes),
    webgpu: (step) => dispatchAbsorbed(step, attributes),
  };
}
