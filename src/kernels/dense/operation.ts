import { SalientError } from '../../error.ts';
import type { Operation } from '../../tensor/operation.ts';
import { elementCount, formatShape, type Shape, type Tensor } from '../../tensor/tensor.ts';
import { inputParts, mapBias, mapFunction, outputParts, type WeightMaps } from '../shared/maps.ts';
import { applyEpilogue } from '../shared/reference-epilogue.ts';
import { type DenseAttributes, type DenseLayout, type DenseTransposeAttributes, denseExtents } from './attributes.ts';
import { planDense, planDenseTranspose } from './wasm.ts';
import { dispatchDense, dispatchDenseTranspose } from './webgpu.ts';

export type * from './attributes.ts';

/**
 * Dense layer, z[n,o] = b[o] + Σ_i w[o,i]·x[n,i]. Inputs: x [...,Q·I], w, bias where `bias`, R where the epilogue is a
 * quotient. Output [...,P·O].
 */
export function dense(attributes: DenseAttributes): Operation {
  const { layout, maps } = attributes;
  return {
    name: 'dense',
    attributes: { ...attributes },
    shape([x, w]) {
      const [outputs, inputs] = denseExtents(w!, layout);
      if (x!.at(-1) !== inputs * inputParts(maps)) {
        throw new SalientError('shape-mismatch', `dense layer of ${formatShape(x!)} by weights ${formatShape(w!)}`);
      }
      return [[...x!.slice(0, -1), outputs * outputParts(maps)]];
    },
    reference(inputs, [output]) {
      const [x, w] = inputs as [Tensor, Tensor];
      const result = output!.data;
      result.fill(0);
      const [rows, columns, samples] = denseSizes(x.shape, w.shape, layout, maps);
      forEachWeight(w, layout, maps, (weight, row, column) => {
        for (let n = 0; n < samples; n++) result[n * rows + row]! += weight * x.data[n * columns + column]!;
      });
      if (attributes.bias) {
        const bias = mapBias(inputs[2]!, maps, 1);
        for (let i = 0; i < result.length; i++) result[i]! += bias[i % rows]!;
      }
      const flat = (tensor: Tensor, width: number): Tensor => ({ shape: [samples, width], data: tensor.data });
      applyEpilogue(attributes.epilogue, flat(output!, rows), flat(inputs.at(-1)!, rows / outputParts(maps)), 1);
    },
    wasm: (step) => planDense(step, attributes),
    flops: ([x, w]) => 2 * elementCount(x!.slice(0, -1)) * elementCount(w!) * outputParts(maps) * inputParts(maps),
    webgpu: (step) => dispatchDense(step, attributes),
  };
}

/** The transpose of {@link dense}: c[n,i] = Σ_o w[o,i]·s[n,o]. Inputs: s [...,P·O], w, a where `product`. */
export function denseTranspose(attributes: DenseTransposeAttributes): Operation {
  const { layout, maps, product } = attributes;
  return {
    name: 'dense-transpose',
    attributes: { ...attributes },
    shape([s, w]) {
      return [[...s!.slice(0, -1), denseExtents(w!, layout)[1] * inputParts(maps)]];
    },
    reference([s, w, a], [output]) {
      const result = output!.data;
      result.fill(0);
      const [rows, columns, samples] = denseSizes(output!.shape, w!.shape, layout, maps);
      forEachWeight(w!, layout, maps, (weight, row, column) => {
        for (let n = 0; n < samples; n++) result[n * columns + column]! += weight * s!.data[n * rows + row]!;
      });
      if (product) for (let i = 0; i < result.length; i++) result[i]! *= a!.data[i]!;
    },
    wasm: (step) => planDenseTranspose(step, attributes),
    flops: ([s, w]) => 2 * elementCount(s!.slice(0, -1)) * elementCount(w!) * outputParts(maps) * inputParts(maps),
    webgpu: (step) => dispatchDenseTranspose(step, attributes),
  };
}

/** Rows (stacked outputs), columns (stacked inputs) and samples of a dense layer with input x. */
function denseSizes(x: Shape, w: Shape, layout: DenseLayout, maps: WeightMaps): [number, number, number] {
  const [outputs, inputs] = denseExtents(w, layout);
  return [outputs * outputParts(maps), inputs * inputParts(maps), elementCount(x.slice(0, -1))];
}

/** Every stacked weight other than zero, with its row (output) and column (input). */
function forEachWeight(
  w: Tensor,
  layout: DenseLayout,
  maps: WeightMaps,
  visit: (weight: number, row: number, column: number) => void,
): void {
  const [outputs, inputs] = denseExtents(w.shape, layout);
  const [outputStride, inputStride] = layout === 'oi' ? [inputs, 1] : [1, outputs];
  for (const [p, row] of maps.entries()) {
    for (const [q, each] of row.entries()) {
      const map = mapFunction(each);
      for (let o = 0; o < outputs; o++) {
        for (let i = 0; i < inputs; i++) {
          const weight = map(w.data[o * outputStride + i * inputStride]!);
          if (weight !== 0) visit(weight, p * outputs + o, q * inputs + i);
        }
      }
    }
  }
}
