import { toFloat64 } from '../../tensor/source.ts';
import { elementCount, formatShape, type Shape } from '../../tensor/tensor.ts';
import type { Call } from '../call.ts';
import { float64Constant } from '../constants.ts';
import { keepNumbers } from './elementwise.ts';

/**
 * BatchNormalization with its stored statistics, as the Affine y = x·s + (b − mean·s), s = scale/√(variance + ε)
 * (Ioffe & Szegedy 2015, algorithm 2), in float64.
 */
export function lowerBatchNormalization(call: Call): void {
  if (call.int('training_mode', 0) !== 0) {
    call.fail('training_mode is on; export the model for inference (model.eval())');
  }
  if (call.int('spatial', 1) !== 1)
    call.fail('spatial = 0 (statistics per element) is not supported; only per channel');
  const shape = call.shape(0);
  const channels = shape[1];
  const [scale, offset, mean, variance] = ['scale', 'offset', 'mean', 'variance'].map((what, index) => {
    const source = call.constant(index + 1, what);
    if (source.shape.length !== 1 || source.shape[0] !== channels) {
      call.fail(
        `its ${what} is ${formatShape(source.shape)}, but the input ${formatShape(shape)} has ${channels} channels; check the size of the input`,
        'shape-mismatch',
      );
    }
    return toFloat64(source);
  }) as [Float64Array, Float64Array, Float64Array, Float64Array];
  const epsilon = call.float('epsilon', 1e-5);
  const factors = scale.map((value, c) => value / Math.sqrt(variance[c]! + epsilon));
  const shifts = offset.map((value, c) => value - mean[c]! * factors[c]!);
  const vector = [scale.length];
  const inputs = [
    call.input(0),
    call.newConstant('scale', vector, (name) => float64Constant(name, vector, factors)),
    call.newConstant('shift', vector, (name) => float64Constant(name, vector, shifts)),
  ];
  call.emit({ op: 'Affine', inputs, outputs: [call.output()] }, shape);
}

/** Local response normalisation across channels (Krizhevsky et al. 2012, section 3.3; alpha is divided by size). */
export function lowerLrn(call: Call): void {
  const shape = call.shapeOfRank(0, 4, 'normalisation of [N,C,H,W]');
  const size = call.int('size', 0);
  if (size < 1) call.fail(`its size is ${size}, but must be positive; export the model again`, 'bad-model');
  const alpha = call.float('alpha', 1e-4);
  const beta = call.float('beta', 0.75);
  const bias = call.float('bias', 1);
  call.emit({ op: 'LRN', inputs: [call.input(0)], outputs: [call.output()], size, alpha, beta, bias }, shape);
}

/**
 * Softmax along one axis. Before operator set 13 it went over all axes from `axis` on at once: then the input is
 * flattened first, unless only one of those axes is longer than 1.
 */
export function lowerSoftmax(call: Call): void {
  emitSoftmax(call, {});
}

export function lowerLogSoftmax(call: Call): void {
  emitSoftmax(call, { log: true });
}

function emitSoftmax(call: Call, kind: { readonly log?: true }): void {
  const shape = call.shape(0);
  const isFlattening = call.opset < 13;
  const axis = call.axis(call.int('axis', isFlattening ? 1 : -1), shape.length);
  const tail = shape.slice(axis);
  const long = tail.flatMap((extent, index) => (extent > 1 ? [axis + index] : []));
  if (!isFlattening || long.length <= 1) {
    const only = isFlattening ? (long[0] ?? axis) : axis;
    call.emit({ op: 'Softmax', inputs: [call.input(0)], outputs: [call.output()], axis: only, ...kind }, shape);
    return;
  }
  const flat: Shape = [elementCount(shape.slice(0, axis)), elementCount(tail)];
  const input = call.emitPart('flat', flat, (output) => ({
    op: 'Reshape',
    inputs: [call.input(0)],
    outputs: [output],
  }));
  const part = call.builder.freshValue(`${call.output()}/softmax`);
  call.emit({ op: 'Softmax', inputs: [input], outputs: [part], axis: 1, ...kind }, flat);
  call.builder.add(`${call.name}/shape`, { op: 'Reshape', inputs: [part], outputs: [call.output()] }, [shape]);
}

/** ReduceMean; the output's shape says whether the axes are kept. */
export function lowerReduceMean(call: Call): void {
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
  call.emit({ op: 'ReduceMean', inputs: [call.input(0)], outputs: [call.output()], axes }, reduced);
}
