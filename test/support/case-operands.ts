import type { Quotient } from '../../src/kernels/quotient/operation.ts';
import { NEGATIVE, POSITIVE, type WeightMaps } from '../../src/kernels/shared/maps.ts';
import type { Operation } from '../../src/tensor/operation.ts';
import { elementCount, type Shape } from '../../src/tensor/tensor.ts';
import type { Window } from '../../src/tensor/window.ts';
import { randomNumbers } from './random.ts';
import type { Operand } from './run-operation.ts';

/** One operation on fixed data: what every device must compute like `reference`. */
export interface OperationCase {
  /** The operation's name; after a colon, what this case is about: `conv: 5×5 in two groups, plain`. */
  readonly title: string;
  readonly operation: Operation;
  readonly operands: readonly Operand[];
}

/** Every operand has noise of its own. */
let seeds = 0;

export function operand(shape: Shape, options: { constant?: boolean; nonNegative?: boolean } = {}): Operand {
  const data = randomNumbers(elementCount(shape), seeds++);
  if (options.nonNegative) for (let i = 0; i < data.length; i++) data[i] = Math.max(data[i]!, 0);
  return { shape, data, ...(options.constant ? { constant: true } : {}) };
}

/**
 * What a rule feeds a layer: activations ≥ 0 as they are, or two parts [a⁺; a⁻] in each group, so that no quotient has
 * a denominator near zero; three parts (box) hold anything.
 */
export function layerInput(shape: Shape, parts: number, groups: number): Operand {
  const input = operand(shape, { nonNegative: parts === 1 });
  if (parts !== 2) return input;
  const run = elementCount(shape.slice(1)) / (groups * parts);
  for (let i = 0; i < input.data.length; i++) {
    input.data[i] = Math.abs(input.data[i]!) * (Math.floor(i / run) % 2 === 0 ? 1 : -1);
  }
  return input;
}

export const weights = (shape: Shape) => operand(shape, { constant: true });

export function window(
  kernel: readonly [number, number],
  strides: readonly [number, number] = [1, 1],
  pads: Window['pads'] = [0, 0, 0, 0],
  dilations: readonly [number, number] = [1, 1],
): Window {
  return { kernel, strides, pads, dilations };
}

/** z is kept away from zero by these weights' positive sums, so that quotients are well conditioned. */
export const POSITIVE_PARTS: WeightMaps = [[POSITIVE]];
export const ALPHA_BETA: WeightMaps = [
  [POSITIVE, NEGATIVE],
  [NEGATIVE, POSITIVE],
];
export const QUOTIENT: Quotient = { scales: [1], stabilizer: { kind: 'absolute', epsilon: 1e-2 } };
