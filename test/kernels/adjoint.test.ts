import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { pad, padTranspose } from '../../src/kernels/arrange/operation.ts';
import { conv, convTranspose } from '../../src/kernels/conv/operation.ts';
import { dense, denseTranspose } from '../../src/kernels/dense/operation.ts';
import { averagePool, averagePoolTranspose } from '../../src/kernels/pool/operation.ts';
import { NEGATIVE, PLAIN, POSITIVE, type WeightMaps } from '../../src/kernels/shared/maps.ts';
import type { Operation } from '../../src/tensor/operation.ts';
import { elementCount, type Shape, type Tensor } from '../../src/tensor/tensor.ts';
import { CONVOLUTIONS } from '../support/conv-cases.ts';
import { randomNumbers } from '../support/random.ts';

let seeds = 0;
const random = (shape: Shape): Tensor => ({
  shape,
  data: Float64Array.from(randomNumbers(elementCount(shape), seeds++)),
});

function apply(operation: Operation, inputs: readonly Tensor[]): Tensor {
  const outputs = operation
    .shape(inputs.map(({ shape }) => shape))
    .map((shape): Tensor => ({ shape, data: new Float64Array(elementCount(shape)) }));
  operation.reference(inputs, outputs);
  return outputs[0]!;
}

const dot = (a: Tensor, b: Tensor): number => {
  assert.equal(a.shape, b.shape);
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) sum += a.data[i]! * b.data[i]!;
  return sum;
};

/** ⟨forward(x), y⟩ = ⟨x, backward(y)⟩ for random x and y. */
function assertAdjoint(x: Tensor, forward: (x: Tensor) => Tensor, backward: (y: Tensor) => Tensor, title: string) {
  const z = forward(x);
  const y = random(z.shape);
  const [left, right] = [dot(z, y), dot(x, backward(y))];
  assert.ok(Math.abs(left - right) <= 1e-9 * (1 + Math.abs(left)), `${title}: ${left} and ${right}`);
}

const TWO_BY_TWO: WeightMaps = [
  [POSITIVE, NEGATIVE],
  [NEGATIVE, POSITIVE],
];

test('the transposed convolution is the adjoint of the convolution: strides, pads, dilations, groups, parts', () => {
  for (const { title, size, window, groups = 1 } of CONVOLUTIONS) {
    const [batch, inputs, outputs, height, width] = size;
    const w = random([outputs, inputs / groups, ...window.kernel]);
    for (const maps of [PLAIN, TWO_BY_TWO]) {
      const attributes = { window, groups, maps };
      assertAdjoint(
        random([batch, inputs * maps[0]!.length, height, width]),
        (x) => apply(conv({ ...attributes, bias: false, epilogue: 'none' }), [x, w]),
        (y) => apply(convTranspose({ ...attributes, spatial: [height, width], product: false }), [y, w]),
        title,
      );
    }
  }
});

test('the transposed dense layer is the adjoint of the dense layer, in both layouts', () => {
  for (const layout of ['oi', 'io'] as const) {
    const w = random(layout === 'oi' ? [7, 11] : [11, 7]);
    assertAdjoint(
      random([3, 22]),
      (x) => apply(dense({ layout, maps: TWO_BY_TWO, bias: false, epilogue: 'none' }), [x, w]),
      (y) => apply(denseTranspose({ layout, maps: TWO_BY_TWO, product: false }), [y, w]),
      layout,
    );
  }
});

test('the transposed average pooling and padding are adjoints', () => {
  const window = { kernel: [3, 2], strides: [2, 1], dilations: [1, 2], pads: [1, 0, 0, 1] } as const;
  for (const divisor of ['inside', 'padded', 'one'] as const) {
    const attributes = { window, output: [4, 6], divisor } as const;
    assertAdjoint(
      random([2, 3, 8, 7]),
      (x) => apply(averagePool(attributes), [x]),
      (y) => apply(averagePoolTranspose({ ...attributes, spatial: [8, 7], product: false }), [y]),
      divisor,
    );
  }
  for (const mode of ['constant', 'reflect', 'edge'] as const) {
    const attributes = { mode, pads: [0, 0, 2, -1, 0, 0, 1, 3], value: 0 };
    assertAdjoint(
      random([1, 2, 4, 6]),
      (x) => apply(pad(attributes), [x]),
      (y) => apply(padTranspose({ ...attributes, shape: [1, 2, 4, 6] }), [y]),
      mode,
    );
  }
});

test.run();
