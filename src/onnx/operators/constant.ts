import { sourceOf } from '../../tensor/source.ts';
import { elementCount, formatShape } from '../../tensor/tensor.ts';
import type { Call } from '../call.ts';
import { gathered, integerConstant, splat } from '../constants.ts';
import { emitPicked } from './pick.ts';

/** Constant: a tensor, or a number or list of numbers (operator set 12). */
export function lowerConstant(call: Call): void {
  const output = call.output();
  const floats = call.hasAttribute('value_float') ? [call.float('value_float', 0)] : call.floats('value_floats');
  const ints = call.hasAttribute('value_int') ? [call.int('value_int', 0)] : call.ints('value_ints');
  const isScalar = call.hasAttribute('value_float') || call.hasAttribute('value_int');
  let source = call.tensor('value', output);
  if (floats) source = sourceOf(output, isScalar ? [] : [floats.length], Float32Array.from(floats));
  if (ints) source = integerConstant(output, isScalar ? [] : [ints.length], ints);
  if (source === undefined) call.fail('it holds no tensor and no numbers; export the model again', 'bad-model');
  call.fold(source.shape, source);
}

/** ConstantOfShape: filled when it is needed. */
export function lowerConstantOfShape(call: Call): void {
  const shape = call.constantNumbers(0, 'shape');
  const output = call.output();
  const value = call.tensor('value', output) ?? sourceOf(output, [1], Float32Array.of(0));
  if (elementCount(value.shape) !== 1 || !shape.every((extent) => Number.isSafeInteger(extent) && extent >= 0)) {
    call.fail(
      `it fills [${shape}] with ${elementCount(value.shape)} values, but needs a shape and one value; export it again`,
      'bad-model',
    );
  }
  call.foldLater(shape, () => splat(output, shape, value));
}

/** Shape: known for every value, as all shapes are resolved. */
export function lowerShape(call: Call): void {
  const shape = call.shape(0);
  const part = shape.slice(call.int('start', 0), call.int('end', shape.length));
  call.fold([part.length], integerConstant(call.output(), [part.length], part));
}

/** Gather along one axis: of computed values as crops that are joined. */
export function lowerGather(call: Call): void {
  const from = call.shape(0);
  const axis = call.axis(call.int('axis', 0), from.length);
  const extent = from[axis]!;
  const indices = call.constantNumbers(1, 'indices').map((index) => (index < 0 ? index + extent : index));
  if (!indices.every((index) => index >= 0 && index < extent)) {
    call.fail(`indices [${indices}] lie outside axis ${axis} of ${formatShape(from)}`, 'bad-model');
  }
  const shape = [...from.slice(0, axis), ...call.shape(1), ...from.slice(axis + 1)];
  if (!call.isConstant(0)) {
    emitPicked(call, [{ axis, indices }], shape);
    return;
  }
  const source = call.constant(0, 'input');
  call.fold(shape, () => gathered(source, call.output(), axis, indices, shape));
}
