import type { ElementFunction, PlainFunction } from '../../graph/graph.ts';
import { toFloat64 } from '../../tensor/source.ts';
import type { Call } from '../call.ts';
import { float64Constant, numbersOf } from '../constants.ts';
import { FLOAT32_MAX } from './elementwise.ts';

/** The functions that constants are folded by. */
const OF_CONSTANTS: Partial<Record<PlainFunction, (x: number) => number>> = {
  tanh: Math.tanh,
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  abs: Math.abs,
  reciprocal: (x) => 1 / x,
};

/** One function of each element. */
export function lowerFunction(kind: PlainFunction): (call: Call) => void {
  return (call) => emitFunction(call, { kind }, OF_CONSTANTS[kind]);
}

function emitFunction(call: Call, fn: ElementFunction, ofConstants?: (x: number) => number): void {
  const shape = call.shape(0);
  if (call.isFixed && ofConstants !== undefined) {
    call.fold(shape, () =>
      float64Constant(call.output(), shape, toFloat64(call.constant(0, 'input')).map(ofConstants)),
    );
    return;
  }
  call.emit({ op: 'Elementwise', fn, inputs: [call.input(0)], outputs: [call.output()] }, shape);
}

/** Elu, Selu and Celu differ in parameters alone. */
export function lowerElu(call: Call): void {
  emitFunction(call, { kind: 'elu', alpha: call.float('alpha', 1), scale: 1, width: 1 });
}

export function lowerSelu(call: Call): void {
  const alpha = call.float('alpha', 1.6732632423543772);
  emitFunction(call, { kind: 'elu', alpha, scale: call.float('gamma', 1.0507009873554805), width: 1 });
}

export function lowerCelu(call: Call): void {
  const alpha = call.float('alpha', 1);
  if (alpha === 0) call.fail('its alpha is 0; export the model again', 'bad-model');
  emitFunction(call, { kind: 'elu', alpha, scale: 1, width: alpha });
}

export function lowerHardSigmoid(call: Call): void {
  emitFunction(call, { kind: 'hard-sigmoid', alpha: call.float('alpha', 0.2), beta: call.float('beta', 0.5) });
}

export function lowerGelu(call: Call): void {
  const approximate = call.string('approximate', 'none');
  if (approximate !== 'none' && approximate !== 'tanh') {
    call.fail(`its approximation is "${approximate}"; expected none or tanh`, 'bad-model');
  }
  emitFunction(call, { kind: approximate === 'none' ? 'gelu' : 'gelu-tanh' });
}

/** A power with a constant exponent, one number. */
export function lowerPow(call: Call): void {
  const [exponent, ...more] = numbersOf(call.constant(1, 'exponent'));
  if (exponent === undefined || more.length > 0) call.fail('its exponent is not one number; only that is supported');
  if (exponent === 0.5) emitFunction(call, { kind: 'sqrt' }, Math.sqrt);
  else if (exponent === -1) emitFunction(call, { kind: 'reciprocal' }, (x) => 1 / x);
  else emitFunction(call, { kind: 'power', exponent: exponent! }, (x) => x ** exponent!);
}

/** −x, as the product with −1. */
export function lowerNeg(call: Call): void {
  const shape = call.shape(0);
  if (call.isFixed) {
    call.fold(shape, () =>
      float64Constant(
        call.output(),
        shape,
        toFloat64(call.constant(0, 'input')).map((x) => -x),
      ),
    );
    return;
  }
  const minus = call.newConstant('minus', [], (name) => float64Constant(name, [], Float64Array.of(-1)));
  call.emit({ op: 'Mul', inputs: [call.input(0), minus], outputs: [call.output()] }, shape);
}

/** x where it is positive, slope·x elsewhere: max(x, 0) + slope·min(x, 0), one of which is always 0. */
export function lowerPRelu(call: Call): void {
  const shape = call.shape(0);
  const slope = call.constant(1, 'slope');
  const x = call.input(0);
  const positive = call.emitPart('positive', shape, (output) => ({ op: 'Relu', inputs: [x], outputs: [output] }));
  const negative = call.emitPart('negative', shape, (output) => ({
    op: 'Clip',
    inputs: [x],
    outputs: [output],
    min: -FLOAT32_MAX,
    max: 0,
  }));
  const sloped = call.emitPart('sloped', shape, (output) => ({
    op: 'Mul',
    inputs: [negative, call.newConstant('slope', slope.shape, (name) => ({ ...slope, name }))],
    outputs: [output],
  }));
  call.emit({ op: 'Add', inputs: [positive, sloped], outputs: [call.output()] }, shape);
}
