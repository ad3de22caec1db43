import { conv, convTranspose } from '../../src/kernels/conv/operation.ts';
import { dispatchConv, dispatchConvTranspose } from '../../src/kernels/conv/webgpu.ts';
import { appliesWinograd } from '../../src/kernels/conv/winograd.ts';
import type { Quotient } from '../../src/kernels/quotient/operation.ts';
import { ITSELF, NEGATIVE, ONES, PLAIN, POSITIVE, SQUARE, type WeightMaps } from '../../src/kernels/shared/maps.ts';
import { type Window, windowCount } from '../../src/tensor/window.ts';
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

const GAMMA: WeightMaps = [
  [
    { kind: 'signed', positive: 1.25, negative: 1 },
    { kind: 'signed', positive: 1, negative: 1.25 },
  ],
];

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
  { title: '3×3 same, many tiles', size: [2, 3, 5, 129, 130], window: window([3, 3], [1, 1], [1, 1, 1, 1]) },
  { title: '3×3, two zeros around', size: [1, 4, 6, 9, 11], window: window([3, 3], [1, 1], [2, 2, 2, 2]) },
  { title: '1×1 as a matrix product', size: [2, 33, 17, 6, 5], window: window([1, 1]) },
  { title: '11×11 stride 4', size: [1, 3, 9, 47, 43], window: window([11, 11], [4, 4], [2, 2, 2, 2]) },
  { title: '5×5 in two groups', size: [2, 6, 8, 11, 10], window: window([5, 5], [1, 1], [2, 2, 2, 2]), groups: 2 },
  { title: '5×5, 120 channels', size: [1, 10, 120, 15, 13], window: window([5, 5], [1, 1], [2, 2, 2, 2]) },
  { title: '3×3 depthwise', size: [1, 6, 6, 9, 9], window: window([3, 3], [1, 1], [1, 1, 1, 1]), groups: 6 },
  {
    title: '3×3 depthwise, stride 2, wide',
    size: [2, 3, 3, 12, 39],
    window: window([3, 3], [2, 2], [1, 1, 1, 1]),
    groups: 3,
  },
  {
    title: '5×5 depthwise, stride 2',
    size: [1, 9, 9, 14, 14],
    window: window([5, 5], [2, 2], [2, 2, 2, 2]),
    groups: 9,
  },
  {
    title: '5×5 depthwise, two outputs each',
    size: [2, 4, 8, 7, 7],
    window: window([5, 5], [1, 1], [2, 2, 2, 2]),
    groups: 4,
  },
  {
    title: '3×3 depthwise in bands',
    size: [1, 2, 2, 70, 130],
    window: window([3, 3], [1, 1], [1, 1, 1, 1]),
    groups: 2,
  },
  {
    title: '3×2 depthwise, dilated',
    size: [1, 4, 4, 14, 12],
    window: window([3, 2], [2, 1], [2, 1, 1, 0], [2, 3]),
    groups: 4,
  },
  {
    title: '2×3 depthwise, stride 3',
    size: [1, 3, 3, 11, 20],
    window: window([2, 3], [3, 3], [0, 2, 0, 0]),
    groups: 3,
  },
  { title: '3×3 depthwise, wide pads', size: [1, 3, 3, 3, 2], window: window([3, 3], [1, 2], [3, 4, 3, 4]), groups: 3 },
  { title: '3×3 stride 2, asymmetric pads', size: [1, 4, 6, 12, 11], window: window([3, 3], [2, 2], [0, 1, 2, 1]) },
  { title: '3×2 dilated', size: [1, 3, 4, 14, 12], window: window([3, 2], [1, 1], [2, 1, 1, 0], [2, 3]) },
  { title: 'stride larger than the kernel', size: [1, 2, 3, 10, 10], window: window([2, 2], [3, 3]) },
  { title: '1×7 rectangular', size: [1, 5, 4, 6, 20], window: window([1, 7], [1, 2], [0, 3, 0, 3]) },
];

/** How a convolution and its transpose are made. */
interface Makers {
  readonly conv: typeof conv;
  readonly convTranspose: typeof convTranspose;
}

const CHOSEN: Makers = { conv, convTranspose };
/** Winograd's algorithm, whatever the shape says; on WebGPU in small chunks (of at least 16 tiles). */
const WINOGRAD: Makers = {
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

function* casesOf(shapes = CONVOLUTIONS, how = '', make = CHOSEN): Generator<OperationCase> {
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
      const relevance = typeof epilogue === 'object' ? [operand([batch, outputs, ...result])] : [];
      const signed = maps === POSITIVE_PARTS || maps === ALPHA_BETA;
      const attributes = { window: shape.window, groups, maps, bias, epilogue, signed };
      yield {
        title: `conv: ${shape.title}, ${title}${how}`,
        operation: make.conv(attributes),
        operands: [x, w, ...(bias ? [b] : []), ...relevance],
      };
      const s = operand([batch, outputs * maps.length, ...result]);
      const product = title !== 'flat';
      yield {
        title: `conv-transpose: ${shape.title}, ${title}${how}`,
        operation: make.convTranspose({ window: shape.window, groups, maps, spatial, product }),
        operands: product ? [s, w, x] : [s, w],
      };
    }
  }
}

/** Convolutions and their transposes, as their shapes suggest and by Winograd's algorithm. */
export function convolutionCases(): OperationCase[] {
  return [...casesOf(), ...casesOf(UNIT_3X3, ', by Winograd', WINOGRAD)];
}
