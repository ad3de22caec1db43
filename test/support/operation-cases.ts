import { activation } from '../../src/kernels/activation.ts';
import { concat, pad, padTranspose, slice, transpose } from '../../src/kernels/arrange.ts';
import { conv, convTranspose } from '../../src/kernels/conv.ts';
import { dense, denseTranspose } from '../../src/kernels/dense.ts';
import { add, affine, broadcastTo, multiply, sumTo } from '../../src/kernels/elementwise.ts';
import { absorbed, statistics } from '../../src/kernels/ledger.ts';
import { lrn, lrnTaylor } from '../../src/kernels/lrn.ts';
import { ITSELF, NEGATIVE, ONES, PLAIN, POSITIVE, SQUARE, type WeightMaps } from '../../src/kernels/maps.ts';
import { matmul } from '../../src/kernels/matmul.ts';
import { multiplyAddChain } from '../../src/kernels/multiply-add-chain.ts';
import { overlay } from '../../src/kernels/overlay.ts';
import { expandParts, sumParts } from '../../src/kernels/parts.ts';
import { averagePool, averagePoolTranspose, maxPool, maxPoolTranspose } from '../../src/kernels/pool.ts';
import { type Quotient, quotient } from '../../src/kernels/quotient.ts';
import { reduceMean } from '../../src/kernels/reduce.ts';
import { seed } from '../../src/kernels/seed.ts';
import { softmax } from '../../src/kernels/softmax.ts';
import { dispatchConv, dispatchConvTranspose } from '../../src/kernels/webgpu/conv.ts';
import { appliesWinograd } from '../../src/kernels/winograd.ts';
import type { Operation } from '../../src/tensor/operation.ts';
import { elementCount, type Shape } from '../../src/tensor/tensor.ts';
import { type Window, windowCount } from '../../src/tensor/window.ts';
import { randomNumbers } from './random.ts';
import type { Operand } from './run-operation.ts';
import { saliencyCases } from './saliency-cases.ts';

/** One operation on fixed data: what every device must compute like `reference`. */
export interface OperationCase {
  readonly title: string;
  readonly operation: Operation;
  readonly operands: readonly Operand[];
}

let seeds = 0;

function operand(shape: Shape, options: { constant?: boolean; nonNegative?: boolean } = {}): Operand {
  const data = randomNumbers(elementCount(shape), seeds++);
  if (options.nonNegative) for (let i = 0; i < data.length; i++) data[i] = Math.max(data[i]!, 0);
  return { shape, data, ...(options.constant ? { constant: true } : {}) };
}

/**
 * What a rule feeds a layer: activations ≥ 0 as they are, or two parts [a⁺; a⁻] in each group, so that no quotient has
 * a denominator near zero; three parts (box) hold anything.
 */
function layerInput(shape: Shape, parts: number, groups: number): Operand {
  const input = operand(shape, { nonNegative: parts === 1 });
  if (parts !== 2) return input;
  const run = elementCount(shape.slice(1)) / (groups * parts);
  for (let i = 0; i < input.data.length; i++) {
    input.data[i] = Math.abs(input.data[i]!) * (Math.floor(i / run) % 2 === 0 ? 1 : -1);
  }
  return input;
}

const weights = (shape: Shape) => operand(shape, { constant: true });

function window(
  kernel: readonly [number, number],
  strides: readonly [number, number] = [1, 1],
  pads: Window['pads'] = [0, 0, 0, 0],
  dilations: readonly [number, number] = [1, 1],
): Window {
  return { kernel, strides, pads, dilations };
}

/** z is kept away from zero by these weights' positive sums, so that quotients are well conditioned. */
const POSITIVE_PARTS: WeightMaps = [[POSITIVE]];
const ALPHA_BETA: WeightMaps = [
  [POSITIVE, NEGATIVE],
  [NEGATIVE, POSITIVE],
];
const GAMMA: WeightMaps = [
  [
    { kind: 'signed', positive: 1.25, negative: 1 },
    { kind: 'signed', positive: 1, negative: 1.25 },
  ],
];
const QUOTIENT: Quotient = { scales: [1], stabilizer: { kind: 'absolute', epsilon: 1e-2 } };

export interface ConvShape {
  readonly title: string;
  /** Batch, input channels, output channels, height, width. */
  readonly size: readonly [number, number, number, number, number];
  readonly window: Window;
  readonly groups?: number;
}

/** Convolutions over a spread of shapes. */
export const CONVOLUTIONS: readonly ConvShape[] = [
  { title: '1×1 on one pixel', size: [1, 3, 5, 1, 1], window: window([1, 1]) },
  { title: '3×3 same, odd size', size: [1, 5, 7, 13, 9], window: window([3, 3], [1, 1], [1, 1, 1, 1]) },
  { title: '3×3 same, batch 3', size: [3, 4, 8, 8, 8], window: window([3, 3], [1, 1], [1, 1, 1, 1]) },
  { title: '3×3 same, 64 to 64 channels', size: [1, 64, 64, 14, 14], window: window([3, 3], [1, 1], [1, 1, 1, 1]) },
  { title: '3×3 same, RGB input', size: [1, 3, 16, 33, 31], window: window([3, 3], [1, 1], [1, 1, 1, 1]) },
  { title: '3×3 same, deep and small', size: [1, 130, 66, 7, 7], window: window([3, 3], [1, 1], [1, 1, 1, 1]) },
  { title: '1×1 as a matrix product', size: [2, 33, 17, 6, 5], window: window([1, 1]) },
  { title: '11×11 stride 4', size: [1, 3, 9, 47, 43], window: window([11, 11], [4, 4], [2, 2, 2, 2]) },
  { title: '5×5 in two groups', size: [2, 6, 8, 11, 10], window: window([5, 5], [1, 1], [2, 2, 2, 2]), groups: 2 },
  { title: '5×5, 120 channels', size: [1, 10, 120, 15, 13], window: window([5, 5], [1, 1], [2, 2, 2, 2]) },
  { title: '3×3 depthwise', size: [1, 6, 6, 9, 9], window: window([3, 3], [1, 1], [1, 1, 1, 1]), groups: 6 },
  { title: '3×3 stride 2, asymmetric pads', size: [1, 4, 6, 12, 11], window: window([3, 3], [2, 2], [0, 1, 2, 1]) },
  { title: '3×2 dilated', size: [1, 3, 4, 14, 12], window: window([3, 2], [1, 1], [2, 1, 1, 0], [2, 3]) },
  { title: 'stride larger than the kernel', size: [1, 2, 3, 10, 10], window: window([2, 2], [3, 3]) },
  { title: '1×7 rectangular', size: [1, 5, 4, 6, 20], window: window([1, 7], [1, 2], [0, 3, 0, 3]) },
];

/** How a convolution and its transpose are made; whether only from activations > 0. */
interface Makers {
  readonly positive: boolean;
  readonly conv: typeof conv;
  readonly convTranspose: typeof convTranspose;
}

const CHOSEN: Makers = { positive: false, conv, convTranspose };
/**
 * Winograd's algorithm, whatever the shape says; on WebGPU in small chunks (of at least 16 tiles). A z⁺ whose terms are
 * all 0 comes out of the transforms with either sign, and its quotient then has either sign, too.
 */
const WINOGRAD: Makers = {
  positive: true,
  conv(attributes) {
    const forced = { ...attributes, algorithm: 'winograd' } as const;
    return { ...conv(forced), webgpu: (step) => dispatchConv(step, forced, 2 ** 18) };
  },
  convTranspose(attributes) {
    const forced = { ...attributes, algorithm: 'winograd' } as const;
    return { ...convTranspose(forced), webgpu: (step) => dispatchConvTranspose(step, forced, 2 ** 18) };
  },
};

/**
 * Shapes to which Winograd's algorithm applies; not the depthwise one, where all weights of a z⁺ can be negative (the
 * layer's shape never suggests the algorithm there).
 */
const UNIT_3X3: readonly ConvShape[] = [
  ...CONVOLUTIONS.filter(({ window, groups }) => appliesWinograd(window) && groups === undefined),
  { title: '3×3, no pads, batch 2', size: [2, 17, 33, 19, 22], window: window([3, 3]) },
  { title: '3×3, wide pads', size: [1, 40, 6, 5, 4], window: window([3, 3], [1, 1], [2, 0, 1, 2]) },
  { title: '3×3 in two groups', size: [2, 40, 72, 12, 11], window: window([3, 3], [1, 1], [1, 1, 1, 1]), groups: 2 },
];

function* convolutionCases(shapes = CONVOLUTIONS, how = '', make = CHOSEN): Generator<OperationCase> {
  const variants: readonly [string, WeightMaps, Quotient | 'none' | 'relu', boolean][] = [
    ['plain', PLAIN, 'none', true],
    ['no bias, ReLU', PLAIN, 'relu', false],
    ['z-plus quotient', POSITIVE_PARTS, QUOTIENT, true],
    ['alpha-beta quotient', ALPHA_BETA, { ...QUOTIENT, scales: [2, -1] }, true],
    ['squared weights', [[SQUARE]], 'none', true],
    ['flat', [[ONES]], QUOTIENT, false],
    ['box', [[ITSELF, POSITIVE, NEGATIVE]], 'none', false],
    ['gamma', GAMMA, 'none', true],
  ];
  for (const shape of shapes) {
    const [batch, inputs, outputs, height, width] = shape.size;
    const groups = shape.groups ?? 1;
    const spatial = [height, width] as const;
    const result = [windowCount(shape.window, 0, height), windowCount(shape.window, 1, width)];
    const w = weights([outputs, inputs / groups, ...shape.window.kernel]);
    const b = weights([outputs]);
    for (const [title, maps, epilogue, bias] of variants) {
      const x = layerInput([batch, inputs * maps[0]!.length, height, width], maps[0]!.length, groups);
      if (make.positive && maps[0]!.length === 1) for (const [i, value] of x.data.entries()) x.data[i] = value || 0.5;
      const relevance = typeof epilogue === 'object' ? [operand([batch, outputs, ...result])] : [];
      const attributes = { window: shape.window, groups, maps, bias, epilogue };
      yield {
        title: `conv ${shape.title}, ${title}${how}`,
        operation: make.conv(attributes),
        operands: [x, w, ...(bias ? [b] : []), ...relevance],
      };
      const s = operand([batch, outputs * maps.length, ...result]);
      const product = title !== 'flat';
      yield {
        title: `conv-transpose ${shape.title}, ${title}${how}`,
        operation: make.convTranspose({ window: shape.window, groups, maps, spatial, product }),
        operands: product ? [s, w, x] : [s, w],
      };
    }
  }
}

function* denseCases(): Generator<OperationCase> {
  for (const [batch, inputs, outputs] of [
    [1, 1, 1],
    [1, 37, 10],
    [3, 130, 67],
    [8, 256, 64],
    [1, 1030, 515],
    [9, 37, 10],
    [19, 130, 67],
    [33, 1030, 70],
  ] as const) {
    for (const layout of ['oi', 'io'] as const) {
      const w = weights(layout === 'oi' ? [outputs, inputs] : [inputs, outputs]);
      const b = weights([outputs]);
      for (const [title, maps, epilogue, bias] of [
        ['plain', PLAIN, 'none', true],
        ['ReLU, no bias', PLAIN, 'relu', false],
        ['z-plus quotient', POSITIVE_PARTS, QUOTIENT, true],
        ['alpha-beta quotient', ALPHA_BETA, { ...QUOTIENT, scales: [2, -1] }, true],
      ] as const) {
        const x = layerInput([batch, inputs * maps[0]!.length], maps[0]!.length, 1);
        const relevance = typeof epilogue === 'object' ? [operand([batch, outputs])] : [];
        const sizes = `${batch}×${inputs} to ${outputs} (${layout}), ${title}`;
        yield {
          title: `dense ${sizes}`,
          operation: dense({ layout, maps, bias, epilogue }),
          operands: [x, w, ...(bias ? [b] : []), ...relevance],
        };
        yield {
          title: `dense-transpose ${sizes}`,
          operation: denseTranspose({ layout, maps, product: bias }),
          operands: [operand([batch, outputs * maps.length]), w, ...(bias ? [x] : [])],
        };
      }
    }
  }
}

function* poolCases(): Generator<OperationCase> {
  for (const [title, shape, pool, output] of [
    ['2×2 stride 2', [1, 3, 8, 8], window([2, 2], [2, 2]), [4, 4]],
    ['3×3 stride 2 overlapping, odd', [2, 5, 13, 11], window([3, 3], [2, 2]), [6, 5]],
    ['3×3 stride 1 padded', [1, 2, 7, 7], window([3, 3], [1, 1], [1, 1, 1, 1]), [7, 7]],
    ['ceil mode', [1, 3, 6, 6], window([3, 3], [2, 2]), [3, 3]],
    ['asymmetric pads', [1, 1, 5, 6], window([2, 3], [2, 1], [0, 1, 1, 0]), [3, 5]],
    ['dilated', [1, 2, 9, 9], window([2, 2], [1, 1], [0, 0, 0, 0], [3, 2]), [6, 7]],
    ['global', [3, 10, 7, 5], window([7, 5]), [1, 1]],
  ] as const) {
    const attributes = { window: pool, output };
    const spatial = [shape[2], shape[3]] as const;
    const x = operand(shape);
    const pooled = [shape[0], shape[1], ...output];
    yield { title: `max-pool ${title}`, operation: maxPool(attributes), operands: [x] };
    const winners: Operand = { shape: pooled, data: new Float32Array(elementCount(pooled)) };
    maxPool(attributes).reference([x], [{ shape: pooled, data: new Float32Array(elementCount(pooled)) }, winners]);
    yield {
      title: `max-pool-transpose ${title}`,
      operation: maxPoolTranspose({ ...attributes, spatial }),
      operands: [operand(pooled), winners],
    };
    for (const divisor of ['inside', 'padded', 'one'] as const) {
      yield {
        title: `average-pool ${title}, divisor ${divisor}`,
        operation: averagePool({ ...attributes, divisor }),
        operands: [x],
      };
      yield {
        title: `average-pool-transpose ${title}, divisor ${divisor}`,
        operation: averagePoolTranspose({ ...attributes, divisor, spatial, product: divisor !== 'one' }),
        operands: divisor === 'one' ? [operand(pooled)] : [operand(pooled), x],
      };
    }
  }
}

/** Many equal maxima, in rows long enough for vectors: the first in row-major order must win on every device. */
function* tieCases(): Generator<OperationCase> {
  for (const [kernel, stride] of [
    [2, 2],
    [3, 2],
    [3, 1],
  ] as const) {
    const random = operand([2, 3, 17, 22]);
    const few = { ...random, data: random.data.map((value) => Math.round(2 * value) / 2) };
    const pool = window([kernel, kernel], [stride, stride]);
    const output = [windowCount(pool, 0, 17), windowCount(pool, 1, 22)] as const;
    yield {
      title: `max-pool ${kernel}×${kernel} stride ${stride} with many ties`,
      operation: maxPool({ window: pool, output }),
      operands: [few],
    };
  }
}

function* relevanceCases(): Generator<OperationCase> {
  for (const groups of [1, 2]) {
    const relevance = operand([2, 6, 5, 3]);
    for (const kind of ['absolute', 'relative', 'clip'] as const) {
      yield {
        title: `quotient in two parts, ${groups} groups, ${kind}`,
        operation: quotient({ scales: [2, -1], stabilizer: { kind, epsilon: 0.05 }, groups }),
        operands: [relevance, operand([2, 12, 5, 3])],
      };
    }
    yield {
      title: `quotient by branch, ${groups} groups`,
      operation: quotient({ scales: [1, 1], stabilizer: { kind: 'absolute', epsilon: 0.05 }, groups, branch: true }),
      operands: [relevance, operand([2, 12, 5, 3]), operand([2, 6, 5, 3])],
    };
    for (const expansion of [
      { kind: 'signs' },
      { kind: 'box', low: [-2], high: [0.5] },
      { kind: 'box', low: [-1, -2, -3, -4, -5, -6], high: [1, 2, 3, 4, 5, 6] },
      { kind: 'ones' },
    ] as const) {
      yield {
        title: `expand-parts ${expansion.kind}, ${groups} groups`,
        operation: expandParts({ expansion, groups }),
        operands: [operand([2, 6, 5, 3])],
      };
    }
    yield {
      title: `sum-parts, ${groups} groups`,
      operation: sumParts({ parts: 3, groups }),
      operands: [operand([2, 18, 5, 3])],
    };
    for (const kind of ['absolute', 'clip', 'relative'] as const) {
      yield {
        title: `absorbed, ${groups} groups, ${kind}`,
        operation: absorbed({
          scales: [2, -1],
          stabilizer: { kind, epsilon: 0.05 },
          groups,
          maps: ALPHA_BETA,
          bias: true,
        }),
        operands: [
          relevance,
          operand([2, 12, 5, 3]),
          ...(kind === 'absolute' ? [] : [operand([2, 12, 5, 3])]),
          weights([6]),
        ],
      };
    }
  }
  yield { title: 'quotient on rows', operation: quotient({ ...QUOTIENT, groups: 1 }), operands: rows(2) };
  yield { title: 'statistics', operation: statistics(), operands: [operand([3, 5, 41, 7])] };
  yield { title: 'statistics of one number', operation: statistics(), operands: [operand([1, 1])] };
  for (const init of ['logit', 'one', 'contrastive'] as const) {
    yield { title: `seed, predicted, ${init}`, operation: seed({ target: 'predicted', init }), operands: rows(1) };
    const chosen: Operand = { shape: [2, 70], data: new Float32Array(140) };
    chosen.data[5] = 1;
    chosen.data[70] = 1;
    yield {
      title: `seed, given, ${init}`,
      operation: seed({ target: 'given', init }),
      operands: [...rows(1), chosen],
    };
  }
}

const rows = (count: number): Operand[] => Array.from({ length: count }, () => operand([2, 70]));

function* otherCases(): Generator<OperationCase> {
  const norm = { size: 5, alpha: 0.3, beta: 0.75, bias: 1 };
  yield { title: 'lrn', operation: lrn(norm), operands: [operand([2, 9, 4, 3])] };
  yield { title: 'lrn over an even window', operation: lrn({ ...norm, size: 4 }), operands: [operand([1, 6, 3, 3])] };
  yield {
    title: 'lrn-taylor',
    operation: lrnTaylor({ ...norm, epsilon: 0.01 }),
    operands: [operand([2, 9, 4, 3]), operand([2, 9, 4, 3])],
  };
  for (const attributes of [
    { kind: 'relu' },
    { kind: 'leaky-relu', alpha: 0.1 },
    { kind: 'clip', min: -0.25, max: 0.5 },
    { kind: 'sigmoid' },
  ] as const) {
    yield { title: attributes.kind, operation: activation(attributes), operands: [operand([1, 3, 5, 7])] };
  }
  for (const [title, shapes] of [
    [
      'of equal shapes',
      [
        [2, 3, 5],
        [2, 3, 5],
        [2, 3, 5],
      ],
    ],
    ['broadcast', [[2, 3, 5], [3, 1], [1]]],
    [
      'of two broadcast both ways',
      [
        [4, 1, 5],
        [1, 3, 1],
      ],
    ],
  ] as const) {
    const operands = shapes.map((shape) => operand(shape));
    yield { title: `add ${title}`, operation: add(), operands };
    yield { title: `multiply ${title}`, operation: multiply(), operands };
  }
  yield { title: 'add scalars', operation: add(), operands: [operand([]), operand([])] };
  yield {
    title: 'affine',
    operation: affine(),
    operands: [operand([2, 5, 3, 3]), weights([5]), weights([5])],
  };
  yield { title: 'sum-to', operation: sumTo({ shape: [3, 1] }), operands: [operand([2, 3, 5])] };
  yield {
    title: 'broadcast-to',
    operation: broadcastTo({ shape: [2, 3, 5], factor: 0.5 }),
    operands: [operand([2, 1, 5])],
  };
  yield {
    title: 'concat of three on axis 1',
    operation: concat({ axis: 1 }),
    operands: [operand([2, 3, 4, 5]), operand([2, 1, 4, 5]), operand([2, 6, 4, 5])],
  };
  yield {
    title: 'concat of twelve on the last axis',
    operation: concat({ axis: 1 }),
    operands: Array.from({ length: 12 }, () => operand([3, 2])),
  };
  yield {
    title: 'slice on axis 1',
    operation: slice({ axis: 1, start: 2, length: 3 }),
    operands: [operand([2, 6, 3, 3])],
  };
  yield {
    title: 'transpose',
    operation: transpose({ permutation: [2, 0, 3, 1] }),
    operands: [operand([2, 3, 4, 5])],
  };
  for (const mode of ['constant', 'reflect', 'edge'] as const) {
    const attributes = { mode, pads: [0, 0, 2, 1, 0, 0, 1, 3], value: 0.5 };
    yield { title: `pad, ${mode}`, operation: pad(attributes), operands: [operand([1, 2, 4, 5])] };
    yield {
      title: `pad-transpose, ${mode}`,
      operation: padTranspose({ ...attributes, shape: [1, 2, 4, 5] }),
      operands: [operand([1, 2, 7, 9])],
    };
  }
  const crop = { mode: 'constant', pads: [0, 0, -1, 1, 0, 0, -1, -2], value: 0 } as const;
  yield { title: 'pad that crops', operation: pad(crop), operands: [operand([1, 2, 5, 6])] };
  yield {
    title: 'reduce-mean over the plane',
    operation: reduceMean({ axes: [2, 3] }),
    operands: [operand([2, 5, 7, 3])],
  };
  yield { title: 'reduce-mean over axis 1', operation: reduceMean({ axes: [1] }), operands: [operand([2, 5, 7])] };
  yield { title: 'softmax of 1000', operation: softmax({ axis: 1 }), operands: [operand([2, 1000])] };
  yield { title: 'softmax over channels', operation: softmax({ axis: 1 }), operands: [operand([2, 5, 3, 2])] };
  yield { title: 'multiply-add chain', operation: multiplyAddChain({ steps: 16 }), operands: [operand([480])] };
  yield {
    title: 'overlay',
    operation: overlay({ zero: 128, span: 127 }),
    operands: [
      operand([2, 1, 5, 7]),
      operand([2, 1, 5, 7], { nonNegative: true }),
      operand([2, 3, 5, 7]),
      operand([256, 3]),
    ],
  };
  yield { title: 'matmul', operation: matmul(), operands: [operand([5, 7]), operand([7, 3])] };
  yield {
    title: 'matmul, broadcast batches',
    operation: matmul(),
    operands: [operand([2, 1, 4, 6]), operand([3, 6, 5])],
  };
}

/** All cases: every operation over a spread of shapes. */
export function operationCases(): OperationCase[] {
  return [
    ...convolutionCases(),
    ...convolutionCases(UNIT_3X3, ', by Winograd', WINOGRAD),
    ...denseCases(),
    ...poolCases(),
    ...tieCases(),
    ...relevanceCases(),
    ...otherCases(),
    ...saliencyCases(),
  ];
}
