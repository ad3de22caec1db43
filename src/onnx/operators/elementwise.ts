import { toFloat64 } from '../../tensor/source.ts';
import { formatShape } from '../../tensor/tensor.ts';
import type { Call } from '../call.ts';
import { broadcastShape, cast, combined, float64Constant, numbersOf, renamed } from '../constants.ts';
import { storedTypeOf } from '../tensor-proto.ts';
import { lowerFolded } from './folded.ts';

/** The largest float32: ONNX's default bounds of Clip. */
export const FLOAT32_MAX = 3.4028234663852886e38;

export function lowerRelu(call: Call): void {
  call.emit({ op: 'Relu', inputs: [call.input(0)], outputs: [call.output()] }, call.shape(0));
}

export function lowerSigmoid(call: Call): void {
  call.emit({ op: 'Sigmoid', inputs: [call.input(0)], outputs: [call.output()] }, call.shape(0));
}

export function lowerLeakyRelu(call: Call): void {
  const alpha = call.float('alpha', 0.01);
  call.emit({ op: 'LeakyRelu', inputs: [call.input(0)], outputs: [call.output()], alpha }, call.shape(0));
}

/** Clip: bounds are attributes before operator set 11, then inputs. */
export function lowerClip(call: Call): void {
  const bound = (name: string, index: number, otherwise: number): number => {
    if (!call.hasInput(index)) return call.float(name, otherwise);
    const [value, ...more] = numbersOf(call.constant(index, name));
    if (value === undefined || more.length > 0) return call.fail(`its ${name} must be one number`, 'bad-model');
    return Math.min(FLOAT32_MAX, Math.max(-FLOAT32_MAX, value));
  };
  const min = bound('min', 1, -FLOAT32_MAX);
  const max = bound('max', 2, FLOAT32_MAX);
  call.emit({ op: 'Clip', inputs: [call.input(0)], outputs: [call.output()], min, max }, call.shape(0));
}

/** Identity: gone, unless it joins two values that both need their names (see {@link keepNumbers}). */
export function lowerIdentity(call: Call): void {
  keepNumbers(call);
}

/** Dropout does nothing when a network is only run, or where it drops no share of the numbers. */
export function lowerDropout(call: Call): void {
  const isNothing = call.hasInput(1) && numbersOf(call.constant(1, 'ratio'))[0] === 0;
  if (!isNothing && call.hasInput(2) && numbersOf(call.constant(2, 'training_mode')).some((value) => value !== 0)) {
    call.fail('training_mode is on, so its output is random; export the model for inference (model.eval())');
  }
  keepNumbers(call);
}

/** Cast: computed values are floating-point numbers here whatever the file calls them; constants are converted. */
export function lowerCast(call: Call): void {
  const to = call.int('to', 0);
  const type = storedTypeOf(to);
  if (type !== undefined && call.isFixed) {
    const output = call.output();
    const source = call.constant(0, 'input');
    call.fold(source.shape, () => cast(source, output, type));
    return;
  }
  if (type === undefined || !type.startsWith('float')) {
    call.fail(`it casts computed values to ${type ?? `type ${to}`}; only floating-point types are supported`);
  }
  keepNumbers(call);
}

/** The output is the input. */
export function keepNumbers(call: Call): void {
  const output = call.output();
  const input = call.input(0);
  if (call.isFixed) call.fold(call.shape(0), renamed(call.constant(0, 'input'), output));
  else call.builder.alias(output, input);
}

/** Add and Sum (n summands), Mul (2 factors). */
export function lowerAdd(call: Call): void {
  lowerBroadcast(call, 'Add', (a, b) => a + b);
}

export function lowerMul(call: Call): void {
  lowerBroadcast(call, 'Mul', (a, b) => a * b);
}

/** Sub, as the sum with the negative. */
export function lowerSub(call: Call): void {
  lowerBroadcast(
    call,
    'Add',
    (a, b) => a - b,
    (subtrahend) => {
      if (call.isConstant(1)) return mappedOperand(call, 'negative', (value) => -value);
      const minus = call.newConstant('minus', [], (name) => float64Constant(name, [], Float64Array.of(-1)));
      return call.emitPart('negative', call.shape(1), (output) => ({
        op: 'Mul',
        inputs: [subtrahend, minus],
        outputs: [output],
      }));
    },
  );
}

/** Div, as the product with the reciprocal; the dividend carries what is said about the quotient. */
export function lowerDiv(call: Call): void {
  if (call.isConstant(1) && toFloat64(call.constant(1, 'divisor')).includes(0)) {
    call.fail('it divides by 0; export the model again', 'bad-model');
  }
  const isInteger = call.isFixed && !call.constant(0, 'dividend').type.startsWith('float');
  lowerBroadcast(
    call,
    'Mul',
    (a, b) => (isInteger ? Math.trunc(a / b) : a / b),
    (divisor) => {
      if (call.isConstant(1)) return mappedOperand(call, 'reciprocal', (value) => 1 / value);
      return call.emitPart('reciprocal', call.shape(1), (output) => ({
        op: 'Elementwise',
        fn: { kind: 'reciprocal' },
        inputs: [divisor],
        outputs: [output],
      }));
    },
    !call.isConstant(1),
  );
}

/** Max and Min: of constants, or with one number as Clip. */
export function lowerExtreme(isMax: boolean): (call: Call) => void {
  const fold = lowerFolded('number', isMax ? Math.max : Math.min);
  return (call) => {
    if (call.isFixed) {
      fold(call);
      return;
    }
    if (call.inputCount !== 2) call.fail(`it has ${call.inputCount} inputs; two are supported`);
    const bounds = [0, 1].filter((index) => call.isConstant(index));
    const bound = bounds.length === 1 ? numbersOf(call.constant(bounds[0]!, 'bound')) : [];
    if (bound.length !== 1) call.fail('it compares two computed values; only a bound of one number is supported');
    const limits = isMax ? { min: bound[0]!, max: FLOAT32_MAX } : { min: -FLOAT32_MAX, max: bound[0]! };
    const x = 1 - bounds[0]!;
    call.emit({ op: 'Clip', inputs: [call.input(x)], outputs: [call.output()], ...limits }, call.shape(x));
  };
}

/** The second operand, a constant, mapped number by number. */
function mappedOperand(call: Call, part: string, map: (value: number) => number): string {
  const source = call.constant(1, 'operand');
  return call.newConstant(part, source.shape, (name) =>
    float64Constant(name, source.shape, toFloat64(source).map(map)),
  );
}

/**
 * Emits a sum or product of all inputs, or computes it from constants by `combine`. `second` turns the second operand
 * into what is added or multiplied; of a computed quotient the first is the signal.
 */
function lowerBroadcast(
  call: Call,
  op: 'Add' | 'Mul',
  combine: (a: number, b: number) => number,
  second?: (operand: string) => string,
  isQuotient = false,
): void {
  const inputs = call.inputs();
  if (inputs.length === 1) {
    call.builder.alias(call.output(), inputs[0]!);
    return;
  }
  const isFixed = call.isFixed;
  if (second && !isFixed) inputs[1] = second(inputs[1]!);
  if (call.opset < 7 && call.int('broadcast', 0) !== 0 && call.hasAttribute('axis')) {
    inputs[1] = alignedOperand(call, inputs[1]!);
  }
  const shapes = inputs.map((name) => call.builder.shapes.get(name)!);
  const shape =
    broadcastShape(shapes) ??
    call.fail(
      `shapes ${shapes.map(formatShape).join(' and ')} do not fit; check the size of the input`,
      'shape-mismatch',
    );
  if (isFixed) {
    const sources = inputs.map((name) => call.builder.constant(name)!);
    // Each operand after the second is one more pass over the result.
    call.builder.reserve(call.output(), [inputs.length - 2, ...shape]);
    call.fold(shape, () => combined(sources, call.output(), shape, combine));
    return;
  }
  const signal = isQuotient ? ({ signal: 0 } as const) : {};
  call.emit({ op, inputs, outputs: [call.output()], ...(op === 'Mul' ? signal : {}) }, shape);
}

/** Before operator set 7, `axis` says where the second operand's dimensions lie within the first's. */
function alignedOperand(call: Call, name: string): string {
  const rank = call.shape(0).length;
  const operand = call.shape(1);
  const trailing = rank - call.axis(call.int('axis', 0), rank) - operand.length;
  if (trailing <= 0) return name;
  const shape = [...operand, ...new Array<number>(trailing).fill(1)];
  const source = call.builder.constant(name);
  if (source) return call.newConstant('aligned', shape, (aligned) => renamed(source, aligned, shape));
  return call.emitPart('aligned', shape, (output) => ({ op: 'Reshape', inputs: [name], outputs: [output] }));
}
