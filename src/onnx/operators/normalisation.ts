import { toFloat64 } from '../../tensor/source.ts';
import { elementCount, formatShape, type Shape } from '../../tensor/tensor.ts';
import type { Call } from '../call.ts';
import { float64Constant, renamed } from '../constants.ts';

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
  if (channels === undefined) {
    call.fail(
      `its input is ${formatShape(shape)}, but must be [N,C,...]; check the size of the input`,
      'shape-mismatch',
    );
  }
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

/** LayerNormalization over all axes from `axis` on, with scale and shift (Ba, Kiros, Hinton 2016). */
export function lowerLayerNormalization(call: Call): void {
  const shape = call.shape(0);
  const axis = call.axis(call.int('axis', -1), shape.length);
  const scale = call.constant(1, 'scale');
  const constants = [
    call.newConstant('scale', scale.shape, (name) => renamed(scale, name)),
    call.newConstant('shift', scale.shape, (name) =>
      call.hasInput(2)
        ? renamed(call.constant(2, 'bias'), name)
        : float64Constant(name, scale.shape, new Float64Array(elementCount(scale.shape))),
    ),
  ];
  const inputs = [call.input(0), ...constants];
  call.emit({ op: 'LayerNorm', inputs, outputs: [call.output()], axis, epsilon: call.float('epsilon', 1e-5) }, shape);
}

/** InstanceNormalization: each channel of each sample by itself. */
export function lowerInstanceNormalization(call: Call): void {
  emitGroupNorm(call, call.shape(0)[1]!);
}

/** GroupNormalization (Wu & He 2018); before operator set 21 scale and bias were those of the groups. */
export function lowerGroupNormalization(call: Call): void {
  emitGroupNorm(call, call.int('num_groups', 0));
}

function emitGroupNorm(call: Call, groups: number): void {
  const shape = call.shape(0);
  const [batch, channels] = shape as [number, number];
  if (groups < 1 || channels % groups !== 0)
    call.fail(`${channels} channels are no multiple of ${groups} groups`, 'bad-model');
  const split: Shape = [batch, groups, elementCount(shape.slice(1)) / groups];
  const rows = call.emitPart('groups', split, (output) => ({
    op: 'Reshape',
    inputs: [call.input(0)],
    outputs: [output],
  }));
  const epsilon = call.float('epsilon', 1e-5);
  const body = { op: 'LayerNorm', inputs: [rows], axis: 2, epsilon } as const;
  const normal = call.emitPart('normal', split, (output) => ({ ...body, outputs: [output] }));
  const back = call.emitPart('channels', shape, (output) => ({ op: 'Reshape', inputs: [normal], outputs: [output] }));
  const [scale, shift] = ['scale', 'shift'].map((part, index) => {
    const numbers = toFloat64(call.constant(index + 1, part));
    if (channels % numbers.length !== 0)
      call.fail(`its ${part} has ${numbers.length} numbers for ${channels} channels`, 'bad-model');
    const each = Float64Array.from(
      { length: channels },
      (_, c) => numbers[Math.floor((c * numbers.length) / channels)]!,
    );
    return call.newConstant(part, [channels], (name) => float64Constant(name, [channels], each));
  }) as [string, string];
  call.emit({ op: 'Affine', inputs: [back, scale, shift], outputs: [call.output()] }, shape);
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
