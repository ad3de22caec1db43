import type { Operation } from '../../tensor/operation.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { LrnAttributes, LrnTaylorAttributes } from './attributes.ts';
import { planLrn, planLrnTaylor } from './wasm.ts';
import { dispatchLrn, dispatchLrnTaylor } from './webgpu.ts';

export type * from './attributes.ts';

/** y_j = x_j (k + (α/n) Σx²)^−β with the sum over j's window. Input and output [N,C,...]. */
export function lrn(attributes: LrnAttributes): Operation {
  return {
    name: 'lrn',
    attributes: { ...attributes },
    shape: ([x]) => [[...x!]],
    reference([x], [y]) {
      forEachUnit(x!, attributes, (at, first, end, stride) => {
        y!.data[at] = x!.data[at]! * normalizer(x!, attributes, first, end, stride) ** -attributes.beta;
      });
    },
    wasm: (step) => planLrn(step, attributes),
    webgpu: (step) => dispatchLrn(step, attributes),
  };
}

/**
 * Relevance through LRN by a first-order Taylor expansion (Binder et al. 2016, eq. 12):
 * z_jj = x_j (k+(α/n)x_j²)^−β, z_ij = −2(α/n)β x_j x_i² (k+(α/n)Σx²)^(−β−1) with the sum over output j's window;
 * R_i = Σ_j z_ij/stab(Σ_i z_ij)·R_j. Inputs x, R [N,C,...]; output [N,C,...].
 */
export function lrnTaylor(attributes: LrnTaylorAttributes): Operation {
  const { size, alpha, beta, bias, epsilon } = attributes;
  const a = alpha / size;
  return {
    name: 'lrn-taylor',
    attributes: { ...attributes },
    shape: ([x]) => [[...x!]],
    reference([x, relevance], [output]) {
      output!.data.fill(0);
      forEachUnit(x!, attributes, (at, first, end, stride) => {
        const xj = x!.data[at]!;
        const own = xj * (bias + a * xj * xj) ** -beta;
        const factor = -2 * a * beta * xj * normalizer(x!, attributes, first, end, stride) ** (-beta - 1);
        const share = (i: number) => (i === at ? own : factor * x!.data[i]! ** 2);
        let total = 0;
        for (let i = first; i < end; i += stride) total += share(i);
        const denominator = total >= 0 ? total + epsilon : total - epsilon;
        if (denominator === 0) return;
        const quotient = relevance!.data[at]! / denominator;
        for (let i = first; i < end; i += stride) output!.data[i]! += share(i) * quotient;
      });
    },
    wasm: (step) => planLrnTaylor(step, attributes),
    webgpu: (step) => dispatchLrnTaylor(step, attributes),
  };
}

/** k + (α/n) Σx² over a window. */
export function normalizer(
  x: Tensor,
  { size, alpha, bias }: LrnAttributes,
  first: number,
  end: number,
  stride: number,
) {
  let squares = 0;
  for (let i = first; i < end; i += stride) squares += x.data[i]! ** 2;
  return bias + (alpha / size) * squares;
}

/** Visits each element with its window of channels: the elements first, first+stride, … before `end`. */
export function forEachUnit(
  x: Tensor,
  { size }: LrnAttributes,
  visit: (at: number, first: number, end: number, stride: number) => void,
): void {
  const [batch, channels] = x.shape as [number, number];
  const plane = x.data.length / (batch * channels);
  const before = Math.floor((size - 1) / 2);
  const after = Math.ceil((size - 1) / 2);
  for (let n = 0; n < batch; n++) {
    for (let channel = 0; channel < channels; channel++) {
      const first = Math.max(0, channel - before);
      const last = Math.min(channels - 1, channel + after);
      for (let i = 0; i < plane; i++) {
        const at = (c: number) => (n * channels + c) * plane + i;
        visit(at(channel), at(first), at(last) + 1, plane);
      }
    }
  }
}
