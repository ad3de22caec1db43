import { toFloat64 } from '../../tensor/source.ts';
import { elementCount, type Shape } from '../../tensor/tensor.ts';
import type { Call } from '../call.ts';
import { float64Constant, integerConstant } from '../constants.ts';
import { keepNumbers } from './elementwise.ts';

/** ReduceMean; the output's shape says whether the axes are kept. */
export function lowerReduceMean(call: Call): void {
  emitReduction(call, call.input(0), (input, axes, reduced) => {
    call.emit({ op: 'ReduceMean', inputs: [input], outputs: [call.output()], axes }, reduced);
  });
}

/** ReduceSum: the mean times the number of elements. */
export function lowerReduceSum(call: Call): void {
  if (call.isFixed) foldReduction(call, (a, b) => a + b);
  else emitReduction(call, call.input(0), (input, axes, reduced) => emitSum(call, input, axes, reduced, call.output()));
}

/** ReduceL2: the root of the sum of squares. */
export function lowerReduceL2(call: Call): void {
  emitReduction(call, call.input(0), (input, axes, reduced) => {
    const square = { op: 'Elementwise', fn: { kind: 'power', exponent: 2 } } as const;
    const squares = call.emitPart('squares', call.shape(0), (name) => ({
      ...square,
      inputs: [input],
      outputs: [name],
    }));
    const sum = call.builder.freshValue(`${call.output()}/sum`);
    emitSum(call, squares, axes, reduced, sum);
    call.emit({ op: 'Elementwise', fn: { kind: 'sqrt' }, inputs: [sum], outputs: [call.output()] }, reduced);
  });
}

function emitSum(call: Call, input: string, axes: readonly number[], reduced: Shape, output: string): void {
  const mean = call.emitPart('mean', reduced, (name) => ({ op: 'ReduceMean', inputs: [input], outputs: [name], axes }));
  const count = elementCount(call.shape(0)) / elementCount(reduced);
  const factor = call.newConstant('count', [], (name) => float64Constant(name, [], Float64Array.of(count)));
  call.builder.add(`${call.name}/sum`, { op: 'Mul', inputs: [mean, factor], outputs: [output] }, [reduced]);
}

/** Calls `emit` with the axes of a reduction and the shape of its result; without axes the numbers stay. */
function emitReduction(
  call: Call,
  input: string,
  emit: (input: string, axes: readonly number[], reduced: Shape) => void,
): void {
  const shape = call.shape(0);
  const given = call.attributeOrInput('axes', 1);
  const isEmpty = given === undefined || given.length === 0;
  if (isEmpty && call.int('noop_with_empty_axes', 0) !== 0) {
    keepNumbers(call);
    return;
  }
  const axes = isEmpty
    ? shape.map((_, axis) => axis)
    : [...new Set(given.map((axis) => call.axis(axis, shape.length)))].sort((a, b) => a - b);
  const keep = call.int('keepdims', 1) !== 0;
  const reduced = shape.flatMap((extent, axis) => (axes.includes(axis) ? (keep ? [1] : []) : [extent]));
  emit(input, axes, reduced);
}

/** ReduceProd, ReduceMin: of constants only. */
export function lowerFixedReduction(combine: (a: number, b: number) => number): (call: Call) => void {
  return (call) => {
    if (!call.isFixed)
      call.fail('it reduces computed values; that is supported for ReduceMean, ReduceSum, ReduceL2 and ReduceMax only');
    foldReduction(call, combine);
  };
}

/** ReduceMax: max pooling over a row that holds the axes' elements. */
export function lowerReduceMax(call: Call): void {
  if (call.isFixed) {
    foldReduction(call, Math.max);
    return;
  }
  emitReduction(call, call.input(0), (input, axes, reduced) => {
    const shape = call.shape(0);
    if (axes.includes(0))
      call.fail('it takes the largest number over all samples; only over other axes it is supported');
    const kept = shape.flatMap((_, axis) => (axes.includes(axis) ? [] : [axis]));
    const permutation = [...kept, ...axes];
    const count = elementCount(axes.map((axis) => shape[axis]!));
    const moved = permutation.every((axis, at) => axis === at)
      ? input
      : call.emitPart(
          'moved',
          permutation.map((axis) => shape[axis]!),
          (name) => ({ op: 'Transpose', inputs: [input], outputs: [name], permutation }),
        );
    const others = elementCount(kept.slice(1).map((axis) => shape[axis]!));
    const rows = call.emitPart('rows', [shape[0]!, others, 1, count], (name) => ({
      op: 'Reshape',
      inputs: [moved],
      outputs: [name],
    }));
    const window = { kernel: [1, count], strides: [1, 1], dilations: [1, 1], pads: [0, 0, 0, 0] } as const;
    const largest = call.emitPart('largest', [shape[0]!, others, 1, 1], (name) => ({
      op: 'MaxPool',
      inputs: [rows],
      outputs: [name],
      window,
    }));
    call.emit({ op: 'Reshape', inputs: [largest], outputs: [call.output()] }, reduced);
  });
}

function foldReduction(call: Call, combine: (a: number, b: number) => number): void {
  const shape = call.shape(0);
  emitReduction(call, call.input(0), (_, axes, reduced) => {
    call.fold(reduced, () => {
      const source = call.constant(0, 'input');
      const result = new Array<number | undefined>(elementCount(reduced)).fill(undefined);
      for (const [index, number] of toFloat64(source).entries()) {
        let at = 0;
        let rest = index;
        let stride = 1;
        for (let axis = shape.length - 1; axis >= 0; axis--) {
          const position = rest % shape[axis]!;
          rest = Math.floor(rest / shape[axis]!);
          if (axes.includes(axis)) continue;
          at += position * stride;
          stride *= shape[axis]!;
        }
        const before = result[at];
        result[at] = before === undefined ? number : combine(before, number);
      }
      const numbers = Float64Array.from(result as number[]);
      const isFloat = source.type.startsWith('float');
      return isFloat
        ? float64Constant(call.output(), reduced, numbers)
        : integerConstant(call.output(), reduced, numbers);
    });
  });
}
