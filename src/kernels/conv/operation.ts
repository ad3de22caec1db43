import { SalientError } from '../../error.ts';
import type { Operation } from '../../tensor/operation.ts';
import { formatShape, type Shape, type Tensor } from '../../tensor/tensor.ts';
import { tapRange, type Window, windowCount } from '../../tensor/window.ts';
import { inputParts, mapBias, mapWeights, outputParts, type WeightMaps } from '../shared/maps.ts';
import { applyEpilogue } from '../shared/reference-epilogue.ts';
import type { ConvAttributes, ConvTransposeAttributes } from './attributes.ts';
import { planConv, planConvTogether, planConvTranspose } from './wasm.ts';
import { dispatchConv, dispatchConvTranspose, dispatchTogether } from './webgpu.ts';

export type * from './attributes.ts';

/**
 * Two-dimensional convolution (cross-correlation), z[n,o,y,x] = b[o] + Σ w[o,i,ky,kx]·x[n,i,y·s+ky·d−p,…].
 * Inputs: x [N,Q·Ci,H,W], w [Co,Ci/groups,kh,kw], bias [Co] where `bias`, R where the epilogue is a quotient.
 * Output: [N,P·Co,H',W'].
 */
export function conv(attributes: ConvAttributes): Operation {
  const { window, groups, maps } = attributes;
  return {
    name: 'conv',
    attributes: { ...attributes },
    shape([x, w]) {
      const [batch, channels, height, width] = checkedImage(x!, w!, attributes);
      if (channels !== w![1]! * groups * inputParts(maps)) {
        throw new SalientError('shape-mismatch', `conv of ${formatShape(x!)} by weights ${formatShape(w!)}`);
      }
      return [[batch, w![0]! * outputParts(maps), windowCount(window, 0, height), windowCount(window, 1, width)]];
    },
    reference(inputs, [output]) {
      const [x, w] = inputs as [Tensor, Tensor];
      const weights = mapWeights(w, maps, groups);
      const [batch, outputs, height, width] = output!.shape as Shape4;
      const plane = height * width;
      const result = output!.data;
      result.fill(0);
      forEachTap(attributes, x.shape, output!.shape, weights, (weight, from, to, count, stride) => {
        for (let i = 0; i < count; i++) result[to + i]! += weight * x.data[from + i * stride]!;
      });
      if (attributes.bias) {
        const bias = mapBias(inputs[2]!, maps, groups);
        for (let row = 0; row < batch * outputs; row++) {
          for (let i = row * plane; i < (row + 1) * plane; i++) result[i]! += bias[row % outputs]!;
        }
      }
      applyEpilogue(attributes.epilogue, output!, inputs.at(-1)!, groups);
    },
    wasm: (step) => planConv(step, attributes),
    wasmTogether: (step, next) => planConvTogether(step, attributes, next),
    flops: ([, w], [output]) => convFlops(w!, output!, maps),
    webgpu: (step) => dispatchConv(step, attributes),
    webgpuTogether: (step, later) =>
      later.name === 'conv'
        ? dispatchTogether(step, attributes, later.attributes as unknown as ConvAttributes)
        : undefined,
  };
}

/**
 * The transpose of {@link conv} with the same window, groups and maps: c[n,i,·] = Σ w[o,i,ky,kx]·s[n,o,·] over the
 * outputs that read that input. Inputs: s [N,P·Co,H',W'], w [Co,Ci/groups,kh,kw], a where `product`.
 * Output: [N,Q·Ci,H,W].
 */
export function convTranspose(attributes: ConvTransposeAttributes): Operation {
  const { groups, maps, spatial, product } = attributes;
  return {
    name: 'conv-transpose',
    attributes: { ...attributes },
    shape([s, w]) {
      return [[s![0]!, w![1]! * groups * inputParts(maps), spatial[0], spatial[1]]];
    },
    reference([s, w, a], [output]) {
      const weights = mapWeights(w!, maps, groups);
      const result = output!.data;
      result.fill(0);
      forEachTap(attributes, output!.shape, s!.shape, weights, (weight, from, to, count, stride) => {
        for (let i = 0; i < count; i++) result[from + i * stride]! += weight * s!.data[to + i]!;
      });
      if (product) for (let i = 0; i < result.length; i++) result[i]! *= a!.data[i]!;
    },
    wasm: (step) => planConvTranspose(step, attributes),
    flops: ([s, w]) => convFlops(w!, s!, maps),
    webgpu: (step) => dispatchConvTranspose(step, attributes),
  };
}

type Shape4 = [number, number, number, number];

/**
 * The sum that convolution and its transpose share: for each weight of each pair of channels, and each row of outputs,
 * the run of outputs `to…to+count` and the inputs `from, from+stride, …` that this weight connects.
 */
function forEachTap(
  { window, groups }: { readonly window: Window; readonly groups: number },
  inputShape: Shape,
  outputShape: Shape,
  weights: Tensor,
  visit: (weight: number, from: number, to: number, count: number, stride: number) => void,
): void {
  const [batch, inputs, height, width] = inputShape as Shape4;
  const [, outputs, outputHeight, outputWidth] = outputShape as Shape4;
  const [kernelHeight, kernelWidth] = window.kernel;
  const [perGroupIn, perGroupOut] = [inputs / groups, outputs / groups];
  const [strideY, strideX] = window.strides;
  for (let n = 0; n < batch; n++) {
    for (let o = 0; o < outputs; o++) {
      const firstInput = Math.floor(o / perGroupOut) * perGroupIn;
      for (let i = 0; i < perGroupIn; i++) {
        for (let ky = 0; ky < kernelHeight; ky++) {
          const rows = tapRange(window, 0, ky, height, outputHeight);
          for (let kx = 0; kx < kernelWidth; kx++) {
            const weight = weights.data[((o * perGroupIn + i) * kernelHeight + ky) * kernelWidth + kx]!;
            if (weight === 0) continue;
            const columns = tapRange(window, 1, kx, width, outputWidth);
            const count = columns.end - columns.first;
            for (let y = rows.first; y < rows.end; y++) {
              const inputRow = ((n * inputs + firstInput + i) * height + y * strideY + rows.offset) * width;
              const outputRow = ((n * outputs + o) * outputHeight + y) * outputWidth;
              const from = inputRow + columns.first * strideX + columns.offset;
              visit(weight, from, outputRow + columns.first, count, strideX);
            }
          }
        }
      }
    }
  }
}

function convFlops(weights: Shape, output: Shape, maps: WeightMaps): number {
  const [, perGroup, kernelHeight, kernelWidth] = weights as Shape4;
  const elements = output.reduce((product, extent) => product * extent, 1);
  return 2 * elements * perGroup * inputParts(maps) * kernelHeight * kernelWidth;
}

function checkedImage(x: Shape, w: Shape, { window, bias }: ConvAttributes): Shape4 {
  if (x.length !== 4 || w.length !== 4 || w[2] !== window.kernel[0] || w[3] !== window.kernel[1]) {
    throw new SalientError(
      'shape-mismatch',
      `conv of ${formatShape(x)} by ${formatShape(w)}${bias ? ' with bias' : ''}: expected [N,C,H,W] and [O,C,kh,kw]`,
    );
  }
  return x as unknown as Shape4;
}
