import type { Operation } from '../../tensor/operation.ts';
import { elementCount, formatShape, type Tensor } from '../../tensor/tensor.ts';
import type { GpuTensor } from '../../tensor/webgpu/step.ts';
import { type Parts, stackedChannel } from '../shared/maps.ts';
import { bounds, type QuotientAttributes, type Stabilizer } from './attributes.ts';
import { planQuotient } from './wasm.ts';
import { dispatchQuotient } from './webgpu.ts';

export type * from './attributes.ts';

/** Inputs: R [N,C,...], z [N,P·C,...], optionally the branch b [N,C,...]. Output s like z. */
export function quotient(attributes: QuotientAttributes): Operation {
  return {
    name: 'quotient',
    attributes: { ...attributes },
    shape([relevance, z]) {
      if (z![1] !== relevance![1]! * attributes.scales.length) {
        throw new RangeError(`quotient of ${formatShape(relevance!)} by ${formatShape(z!)}`);
      }
      return [[...z!]];
    },
    reference([relevance, z, branch], [output]) {
      divide(relevance!, z!, output!, attributes, branch);
    },
    wasm(step) {
      const [batch, ...sample] = step.inputs[0] as [number, ...number[]];
      const branch = step.inputs.length > 2 ? step.input(2) : undefined;
      const places = { relevance: step.input(0), z: step.input(1), output: step.output(0), branch };
      planQuotient(step, attributes, { ...places, batch, count: elementCount(sample) });
      return true;
    },
    webgpu(step) {
      const [relevance, z] = step.inputs as [GpuTensor, GpuTensor];
      dispatchQuotient(step, relevance, z, step.outputs[0]!, attributes);
    },
  };
}

/** The quotient of every element; `output` may be `z` itself. */
export function divide(
  relevance: Tensor,
  z: Tensor,
  output: Tensor,
  { scales, stabilizer, groups }: QuotientAttributes,
  branch?: Tensor,
): void {
  const [batch, channels] = relevance.shape as [number, number];
  const layout: Parts = { parts: scales.length, groups, channels };
  const plane = relevance.data.length / (batch * channels);
  const sample = channels * scales.length * plane;
  for (let n = 0; n < batch; n++) {
    const rms = stabilizer.kind === 'relative' ? rootMeanSquare(z, n * sample, sample) : 1;
    for (const [part, scale] of scales.entries()) {
      for (let channel = 0; channel < channels; channel++) {
        const from = (n * channels + channel) * plane;
        const to = n * sample + stackedChannel(layout, part, channel) * plane;
        for (let i = 0; i < plane; i++) {
          const sign = branch === undefined ? 0 : branch.data[from + i]!;
          const chosen = branch === undefined || (part === 0 ? sign > 0 : sign < 0);
          const share = scale * relevance.data[from + i]!;
          output.data[to + i] = chosen ? quotientOf(share, z.data[to + i]!, stabilizer, rms) : 0;
        }
      }
    }
  }
}

/** One quotient; `scale` is rms(z) for the relative stabilizer. */
export function quotientOf(relevance: number, z: number, stabilizer: Stabilizer, rms?: number): number {
  const denominator = stabilize(z, stabilizer, rms);
  return denominator === 0 ? 0 : relevance / denominator;
}

/** stab(z); `scale` is rms(z) for the relative stabilizer. A result of 0 is possible only with ε = 0. */
export function stabilize(z: number, stabilizer: Stabilizer, scale = 1): number {
  const { kind, epsilon } = stabilizer;
  if (bounds(stabilizer)) return z >= 0 ? Math.max(z, epsilon) : Math.min(z, -epsilon);
  const shift = kind === 'relative' ? epsilon * scale : epsilon;
  return z >= 0 ? z + shift : z - shift;
}

/** Root mean square of `count` elements from `first` on. */
export function rootMeanSquare(tensor: Tensor, first: number, count: number): number {
  let sum = 0;
  for (let i = first; i < first + count; i++) sum += tensor.data[i]! ** 2;
  return Math.sqrt(sum / count);
}
