import { type TensorSource, toFloat64 } from '../../tensor/source.ts';
import { elementCount, formatShape, type Shape, stridesOf } from '../../tensor/tensor.ts';
import type { Call } from '../call.ts';
import { broadcasted, broadcastShape, cast, float64Constant, integerConstant, numbersOf } from '../constants.ts';

/*
 * Integer, logical and shape arithmetic: exporters leave it in the file, and all of it is known when the file is opened.
 */

/** An operator that computes each element of its result from those of its inputs, broadcast: constants only. */
export function lowerFolded(
  result: 'bool' | 'number',
  compute: (...numbers: number[]) => number | boolean,
): (call: Call) => void {
  return (call) => {
    const sources = constantsOf(call);
    const shapes = sources.map(({ shape }) => shape);
    const shape =
      broadcastShape(shapes) ??
      call.fail(`shapes ${shapes.map(formatShape).join(' and ')} do not fit`, 'shape-mismatch');
    call.fold(shape, () => {
      const operands = sources.map((source) => broadcasted(source, shape));
      const numbers = Float64Array.from({ length: elementCount(shape) }, (_, i) =>
        Number(compute(...operands.map((operand) => operand[i]!))),
      );
      return typed(call.output(), shape, numbers, result === 'bool' ? 'bool' : sources.at(-1)!.type);
    });
  };
}

function typed(name: string, shape: Shape, numbers: Float64Array, type: TensorSource['type']): TensorSource {
  const source = float64Constant(name, shape, numbers);
  if (type === 'bool') return cast(source, name, 'bool');
  return type.startsWith('float') ? source : integerConstant(name, shape, numbers);
}

function constantsOf(call: Call): TensorSource[] {
  return call.node.inputs.map((_, index) => call.constant(index, 'operand'));
}

/** Range: from start up to limit by delta. */
export function lowerRange(call: Call): void {
  const sources = constantsOf(call);
  const [start, limit, delta] = sources.map((source) => numbersOf(source)[0]!) as [number, number, number];
  const count = Math.max(0, Math.ceil((limit - start) / delta));
  if (!Number.isFinite(count))
    call.fail(`it counts from ${start} to ${limit} by ${delta}; export the model again`, 'bad-model');
  call.fold([count], () =>
    typed(
      call.output(),
      [count],
      Float64Array.from({ length: count }, (_, i) => start + i * delta),
      sources[0]!.type,
    ),
  );
}

/** Tile of a constant. */
export function lowerTile(call: Call): void {
  const repeats = call.constantNumbers(1, 'repeats');
  if (!call.isConstant(0)) {
    tileComputed(call, repeats);
    return;
  }
  const source = call.constant(0, 'input');
  const shape = source.shape.map((extent, axis) => extent * (repeats[axis] ?? 1));
  call.fold(shape, () => {
    const numbers = toFloat64(source);
    const strides = stridesOf(source.shape);
    const places = stridesOf(shape);
    const tiled = Float64Array.from({ length: elementCount(shape) }, (_, i) =>
      shape.reduce(
        (at, extent, axis) => at + ((Math.floor(i / places[axis]!) % extent) % source.shape[axis]!) * strides[axis]!,
        0,
      ),
    ).map((at) => numbers[at]!);
    return typed(call.output(), shape, tiled, source.type);
  });
}

/** DequantizeLinear of constants: (x − zero point)·scale, by tensor or along an axis. */
export function lowerDequantizeLinear(call: Call): void {
  if (!call.isFixed) {
    call.fail('it dequantises computed values; only constant weights are, so give the network before its quantisation');
  }
  const [x, scale] = [call.constant(0, 'input'), call.constant(1, 'scale')];
  const zero = call.hasInput(2) ? call.constant(2, 'zero point') : undefined;
  if (call.int('block_size', 0) !== 0) call.fail('it has scales by block, which is not supported; by axis it is');
  const count = elementCount(scale.shape);
  const axis = count === 1 ? 0 : call.axis(call.int('axis', 1), x.shape.length);
  if (count !== 1 && count !== x.shape[axis]) {
    call.fail(`it has ${count} scales for ${formatShape(x.shape)} along axis ${axis}; export it again`, 'bad-model');
  }
  if (zero !== undefined && elementCount(zero.shape) !== count) {
    call.fail(`it has ${count} scales, but ${elementCount(zero.shape)} zero points; export it again`, 'bad-model');
  }
  call.fold(x.shape, () => {
    const scales = toFloat64(scale);
    const zeros = zero === undefined ? new Float64Array(count) : toFloat64(zero);
    const inner = elementCount(x.shape.slice(axis + 1));
    const numbers = toFloat64(x).map((number, i) => {
      const at = count === 1 ? 0 : Math.floor(i / inner) % count;
      return (number - zeros[at]!) * scales[at]!;
    });
    return float64Constant(call.output(), x.shape, numbers);
  });
}

/** More copies of a computed value than any network makes. */
const MOST_COPIES = 256;

/** Tile of a computed value: copies of it, joined along one axis after the other. */
function tileComputed(call: Call, repeats: readonly number[]): void {
  let extents = call.shape(0);
  let value = call.input(0);
  if (repeats.length !== extents.length || !repeats.every((count) => count >= 1 && count <= MOST_COPIES)) {
    call.fail(
      `it repeats a computed ${formatShape(extents)} [${repeats}] times; 1 to ${MOST_COPIES} times along each axis are supported`,
    );
  }
  for (const [axis, count] of repeats.entries()) {
    if (count === 1) continue;
    const copies = new Array<string>(count).fill(value);
    extents = extents.with(axis, extents[axis]! * count);
    value = call.emitPart('copies', extents, (name) => ({ op: 'Concat', inputs: copies, outputs: [name], axis }));
  }
  call.builder.alias(call.output(), value);
}

/** ScatterND of constants: rows of `updates` in place of those of `data` that `indices` [..., K] name. */
export function lowerScatterND(call: Call): void {
  const [data, indices, updates] = constantsOf(call) as [TensorSource, TensorSource, TensorSource];
  if (call.string('reduction', 'none') !== 'none') call.fail('it reduces what it scatters, which is not supported');
  call.fold(data.shape, () => {
    const result = Float64Array.from(toFloat64(data));
    const places = toFloat64(indices);
    const rows = toFloat64(updates);
    const depth = indices.shape.at(-1)!;
    const strides = stridesOf(data.shape);
    const length = elementCount(data.shape.slice(depth));
    for (let row = 0; row < places.length / depth; row++) {
      let at = 0;
      for (let axis = 0; axis < depth; axis++) {
        const extent = data.shape[axis]!;
        const index = places[row * depth + axis]!;
        if (index < -extent || index >= extent)
          call.fail(`index ${index} lies outside ${formatShape(data.shape)}`, 'bad-model');
        at += (index < 0 ? index + extent : index) * strides[axis]!;
      }
      result.set(rows.subarray(row * length, (row + 1) * length), at);
    }
    return typed(call.output(), data.shape, result, data.type);
  });
}

/** Expand: a constant is repeated; a computed value is multiplied by ones. */
export function lowerExpand(call: Call): void {
  const asked = call.constantNumbers(1, 'shape');
  const from = call.shape(0);
  const shape =
    broadcastShape([from, asked]) ?? call.fail(`it expands ${formatShape(from)} to ${asked}`, 'shape-mismatch');
  if (call.isConstant(0)) {
    const source = call.constant(0, 'input');
    call.fold(shape, () => typed(call.output(), shape, broadcasted(source, shape), source.type));
    return;
  }
  if (elementCount(shape) === elementCount(from)) {
    call.emit({ op: 'Reshape', inputs: [call.input(0)], outputs: [call.output()] }, shape);
    return;
  }
  const ones = call.newConstant('ones', shape, (name) =>
    float64Constant(name, shape, new Float64Array(elementCount(shape)).fill(1)),
  );
  call.emit({ op: 'Mul', inputs: [call.input(0), ones], outputs: [call.output()] }, shape);
}
