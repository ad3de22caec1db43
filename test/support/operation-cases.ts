import { activation } from '../../src/kernels/activation/operation.ts';
import { concat, pad, padTranspose, slice, transpose } from '../../src/kernels/arrange/operation.ts';
import { dense, denseTranspose } from '../../src/kernels/dense/operation.ts';
import { add, affine, broadcastTo, multiply, sumTo } from '../../src/kernels/elementwise/operation.ts';
import { activationGradient, lrnGradient } from '../../src/kernels/gradient/operation.ts';
import { absorbed, statistics } from '../../src/kernels/ledger/operation.ts';
import { lrn, lrnTaylor } from '../../src/kernels/lrn/operation.ts';
import { matmul } from '../../src/kernels/matmul/operation.ts';
import { multiplyAddChain } from '../../src/kernels/multiply-add-chain/operation.ts';
import { overlay } from '../../src/kernels/overlay/operation.ts';
import { expandParts, sumParts } from '../../src/kernels/parts/operation.ts';
import { averagePool, averagePoolTranspose, maxPool, maxPoolTranspose } from '../../src/kernels/pool/operation.ts';
import { quotient } from '../../src/kernels/quotient/operation.ts';
import { reduceMean } from '../../src/kernels/reduce/operation.ts';
import { seed } from '../../src/kernels/seed/operation.ts';
import { PLAIN } from '../../src/kernels/shared/maps.ts';
import { softmax } from '../../src/kernels/softmax/operation.ts';
import { elementCount } from '../../src/tensor/tensor.ts';
import { windowCount } from '../../src/tensor/window.ts';
import {
  ALPHA_BETA,
  layerInput,
  type OperationCase,
  operand,
  POSITIVE_PARTS,
  QUOTIENT,
  weights,
  window,
} from './case-operands.ts';
import { convolutionCases } from './conv-cases.ts';
import type { Operand } from './run-operation.ts';
import { saliencyCases } from './saliency-cases.ts';

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
          title: `dense: ${sizes}`,
          operation: dense({ layout, maps, bias, epilogue }),
          operands: [x, w, ...(bias ? [b] : []), ...relevance],
        };
        yield {
          title: `dense-transpose: ${sizes}`,
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
    yield { title: `max-pool: ${title}`, operation: maxPool(attributes), operands: [x] };
    const winners: Operand = { shape: pooled, data: new Float32Array(elementCount(pooled)) };
    maxPool(attributes).reference([x], [{ shape: pooled, data: new Float32Array(elementCount(pooled)) }, winners]);
    yield {
      title: `max-pool-transpose: ${title}`,
      operation: maxPoolTranspose({ ...attributes, spatial }),
      operands: [operand(pooled), winners],
    };
    for (const divisor of ['inside', 'padded', 'one'] as const) {
      yield {
        title: `average-pool: ${title}, divisor ${divisor}`,
        operation: averagePool({ ...attributes, divisor }),
        operands: [x],
      };
      yield {
        title: `average-pool-transpose: ${title}, divisor ${divisor}`,
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
      title: `max-pool: ${kernel}×${kernel} stride ${stride} with many ties`,
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
        title: `quotient: in two parts, ${groups} groups, ${kind}`,
        operation: quotient({ scales: [2, -1], stabilizer: { kind, epsilon: 0.05 }, groups }),
        operands: [relevance, operand([2, 12, 5, 3])],
      };
    }
    yield {
      title: `quotient: by branch, ${groups} groups`,
      operation: quotient({ scales: [1, 1], stabilizer: { kind: 'absolute', epsilon: 0.05 }, groups, branch: true }),
      operands: [relevance, operand([2, 12, 5, 3]), operand([2, 6, 5, 3])],
    };
    for (const [title, expansion] of [
      ['signs', { kind: 'signs' }],
      ['box', { kind: 'box', low: [-2], high: [0.5] }],
      ['box by channel', { kind: 'box', low: [-1, -2, -3, -4, -5, -6], high: [1, 2, 3, 4, 5, 6] }],
      ['ones', { kind: 'ones' }],
    ] as const) {
      yield {
        title: `expand-parts: ${title}, ${groups} groups`,
        operation: expandParts({ expansion, groups }),
        operands: [operand([2, 6, 5, 3])],
      };
    }
    yield {
      title: `sum-parts: ${groups} groups`,
      operation: sumParts({ parts: 3, groups }),
      operands: [operand([2, 18, 5, 3])],
    };
    for (const kind of ['absolute', 'clip', 'relative'] as const) {
      yield {
        title: `absorbed: ${groups} groups, ${kind}`,
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
  yield { title: 'quotient: on rows', operation: quotient({ ...QUOTIENT, groups: 1 }), operands: rows(2) };
  yield { title: 'statistics', operation: statistics(), operands: [operand([3, 5, 41, 7])] };
  yield { title: 'statistics: of one number', operation: statistics(), operands: [operand([1, 1])] };
  for (const init of ['logit', 'one', 'contrastive', 'runner-up'] as const) {
    yield {
      title: `seed: the fourth of equal logits, ${init}`,
      operation: seed({ target: 'predicted', rank: 3, init }),
      operands: [{ shape: [2, 300], data: Float32Array.from({ length: 600 }, (_, i) => (i * 7919) % 40) }],
    };
    yield { title: `seed: predicted, ${init}`, operation: seed({ target: 'predicted', init }), operands: rows(1) };
    const chosen: Operand = { shape: [2, 70], data: new Float32Array(140) };
    chosen.data[5] = 1;
    chosen.data[70] = 1;
    yield {
      title: `seed: given, ${init}`,
      operation: seed({ target: 'given', init }),
      operands: [...rows(1), chosen],
    };
  }
}

const rows = (count: number): Operand[] => Array.from({ length: count }, () => operand([2, 70]));

function* otherCases(): Generator<OperationCase> {
  const norm = { size: 5, alpha: 0.3, beta: 0.75, bias: 1 };
  yield { title: 'lrn', operation: lrn(norm), operands: [operand([2, 9, 4, 3])] };
  yield { title: 'lrn: over an even window', operation: lrn({ ...norm, size: 4 }), operands: [operand([1, 6, 3, 3])] };
  yield {
    title: 'lrn-taylor',
    operation: lrnTaylor({ ...norm, epsilon: 0.01 }),
    operands: [operand([2, 9, 4, 3]), operand([2, 9, 4, 3])],
  };
  yield {
    title: 'lrn-gradient: over an even window',
    operation: lrnGradient({ ...norm, size: 4 }),
    operands: [operand([2, 9, 4, 3]), operand([2, 9, 4, 3])],
  };
  for (const attributes of [
    { kind: 'relu' },
    { kind: 'leaky-relu', alpha: 0.1 },
    { kind: 'clip', min: -0.25, max: 0.5 },
    { kind: 'sigmoid' },
    { kind: 'elu', alpha: 1.3, scale: 1.1, width: 0.7 },
    { kind: 'hard-sigmoid', alpha: 0.9, beta: 0.4 },
    { kind: 'power', exponent: 3 },
    { kind: 'hard-swish' },
    { kind: 'tanh' },
    { kind: 'softplus' },
    { kind: 'softsign' },
    { kind: 'gelu' },
    { kind: 'gelu-tanh' },
    { kind: 'erf' },
    { kind: 'exp' },
    { kind: 'abs' },
  ] as const) {
    yield {
      title: `activation: ${attributes.kind}`,
      operation: activation(attributes),
      operands: [operand([1, 3, 5, 7])],
    };
    yield {
      title: `activation-gradient: ${attributes.kind}`,
      operation: activationGradient(attributes),
      operands: [operand([1, 3, 5, 7]), operand([1, 3, 5, 7])],
    };
  }
  const positive = [awayFromZero(operand([1, 3, 5, 7]))];
  for (const attributes of [
    { kind: 'log' },
    { kind: 'sqrt' },
    { kind: 'reciprocal' },
    { kind: 'power', exponent: -0.5 },
  ] as const) {
    const title = attributes.kind;
    yield { title: `activation: ${title} of x > 0`, operation: activation(attributes), operands: positive };
    const operands = [operand([1, 3, 5, 7]), ...positive];
    yield { title: `activation-gradient: ${title} of x > 0`, operation: activationGradient(attributes), operands };
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
    yield { title: `add: ${title}`, operation: add(), operands };
    yield { title: `multiply: ${title}`, operation: multiply(), operands };
  }
  yield { title: 'add: scalars', operation: add(), operands: [operand([]), operand([])] };
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
    title: 'concat: of three on axis 1',
    operation: concat({ axis: 1 }),
    operands: [operand([2, 3, 4, 5]), operand([2, 1, 4, 5]), operand([2, 6, 4, 5])],
  };
  yield {
    title: 'concat: of twelve on the last axis',
    operation: concat({ axis: 1 }),
    operands: Array.from({ length: 12 }, () => operand([3, 2])),
  };
  yield {
    title: 'slice: on axis 1',
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
    yield { title: `pad: ${mode}`, operation: pad(attributes), operands: [operand([1, 2, 4, 5])] };
    yield {
      title: `pad-transpose: ${mode}`,
      operation: padTranspose({ ...attributes, shape: [1, 2, 4, 5] }),
      operands: [operand([1, 2, 7, 9])],
    };
  }
  const crop = { mode: 'constant', pads: [0, 0, -1, 1, 0, 0, -1, -2], value: 0 } as const;
  yield { title: 'pad: cropping', operation: pad(crop), operands: [operand([1, 2, 5, 6])] };
  yield {
    title: 'reduce-mean: over the plane',
    operation: reduceMean({ axes: [2, 3] }),
    operands: [operand([2, 5, 7, 3])],
  };
  yield { title: 'reduce-mean: over axis 1', operation: reduceMean({ axes: [1] }), operands: [operand([2, 5, 7])] };
  yield { title: 'softmax: of 1000', operation: softmax({ axis: 1 }), operands: [operand([2, 1000])] };
  yield { title: 'softmax: over channels', operation: softmax({ axis: 1 }), operands: [operand([2, 5, 3, 2])] };
  yield { title: 'multiply-add-chain', operation: multiplyAddChain({ steps: 16 }), operands: [operand([480])] };
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
    title: 'matmul: broadcast batches',
    operation: matmul(),
    operands: [operand([2, 1, 4, 6]), operand([3, 6, 5])],
  };
}

/** All cases: every operation over a spread of shapes. */
export function operationCases(): OperationCase[] {
  return [
    ...convolutionCases(),
    ...denseCases(),
    ...poolCases(),
    ...tieCases(),
    ...relevanceCases(),
    ...otherCases(),
    ...saliencyCases(),
  ];
}

/** Numbers of at least 0.2. */
function awayFromZero({ shape, data }: Operand): Operand {
  return { shape, data: data.map((value) => 0.2 + Math.abs(value)) };
}
