import { elementCount, formatShape, type Shape } from '../../tensor/tensor.ts';
import type { Call } from '../call.ts';
import { concatenated, renamed, sliced, transposed } from '../constants.ts';
import { keepNumbers } from './elementwise.ts';
import { emitPicked } from './pick.ts';

/** The same numbers in another shape. */
function emitReshape(call: Call, shape: Shape): void {
  const output = call.output();
  if (call.isConstant(0)) call.fold(shape, renamed(call.constant(0, 'input'), output, shape));
  else call.emit({ op: 'Reshape', inputs: [call.input(0)], outputs: [output] }, shape);
}

/** Reshape: 0 copies an extent (unless allowzero), one −1 is inferred. */
export function lowerReshape(call: Call): void {
  const from = call.shape(0);
  const wanted =
    call.attributeOrInput('shape', 1) ?? call.fail('it lacks its target shape; export the model again', 'bad-model');
  const target = wanted.map((extent, axis) =>
    extent === 0 && call.int('allowzero', 0) === 0 ? (from[axis] ?? 0) : extent,
  );
  // A batch size that the exporter wrote into the shape follows the batch that was asked for.
  const { rebatch } = call.builder;
  if (rebatch && !call.isConstant(0) && target[0] === rebatch.from && from[0] === rebatch.to) target[0] = rebatch.to;
  const open = target.indexOf(-1);
  if (open >= 0) {
    const rest = elementCount(target.filter((_, axis) => axis !== open));
    target[open] = rest === 0 ? 0 : elementCount(from) / rest;
  }
  if (
    !target.every((extent) => Number.isInteger(extent) && extent >= 0) ||
    elementCount(target) !== elementCount(from)
  ) {
    const cause = rebatch ? `open the model with its own batch of ${rebatch.from}` : 'check the size of the input';
    call.fail(`${formatShape(from)} cannot become [${wanted.join(', ')}]; ${cause}`, 'shape-mismatch');
  }
  emitReshape(call, target);
}

/** Flatten to a matrix: axes before `axis` become rows. */
export function lowerFlatten(call: Call): void {
  const shape = call.shape(0);
  const given = call.int('axis', 1);
  const axis = given === shape.length ? given : call.axis(given, shape.length);
  emitReshape(call, [elementCount(shape.slice(0, axis)), elementCount(shape.slice(axis))]);
}

export function lowerSqueeze(call: Call): void {
  const shape = call.shape(0);
  const given = call.attributeOrInput('axes', 1);
  const axes =
    given?.map((axis) => call.axis(axis, shape.length)) ?? shape.flatMap((n, axis) => (n === 1 ? [axis] : []));
  const long = axes.find((axis) => shape[axis] !== 1);
  if (long !== undefined) {
    call.fail(`axis ${long} of ${formatShape(shape)} is longer than 1; check the size of the input`, 'shape-mismatch');
  }
  emitReshape(
    call,
    shape.filter((_, axis) => !axes.includes(axis)),
  );
}

export function lowerUnsqueeze(call: Call): void {
  const shape = call.shape(0);
  const given = call.attributeOrInput('axes', 1) ?? call.fail('it lacks axes; export the model again', 'bad-model');
  const rank = shape.length + given.length;
  const axes = new Set(given.map((axis) => call.axis(axis, rank)));
  if (axes.size !== given.length) call.fail(`axes [${given}] repeat; export the model again`, 'bad-model');
  const rest = shape.values();
  emitReshape(
    call,
    Array.from({ length: rank }, (_, axis) => (axes.has(axis) ? 1 : rest.next().value!)),
  );
}

export function lowerTranspose(call: Call): void {
  const shape = call.shape(0);
  const permutation = call.ints('perm') ?? shape.map((_, axis) => shape.length - 1 - axis);
  if (formatShape(permutation.toSorted((a, b) => a - b)) !== formatShape(shape.map((_, axis) => axis))) {
    call.fail(`perm [${permutation}] is no permutation of ${shape.length} axes; export the model again`, 'bad-model');
  }
  const result = permutation.map((axis) => shape[axis]!);
  const output = call.output();
  if (call.isConstant(0)) {
    const source = call.constant(0, 'input');
    call.foldLater(result, () => transposed(source, output, permutation));
    if (permutation.length === 2 && permutation[0] === 1) call.builder.setTranspose(output, call.input(0));
    return;
  }
  call.emit({ op: 'Transpose', inputs: [call.input(0)], outputs: [output], permutation }, result);
}

export function lowerConcat(call: Call): void {
  const inputs = call.inputs();
  const shapes = inputs.map((_, index) => call.shape(index));
  const first = shapes[0]!;
  const axis = call.axis(call.int('axis', 1), first.length);
  const other = shapes.find(
    (shape) => shape.length !== first.length || shape.some((extent, at) => at !== axis && extent !== first[at]),
  );
  if (other) {
    call.fail(
      `${formatShape(first)} and ${formatShape(other)} cannot be joined along axis ${axis}; check the size of the input`,
      'shape-mismatch',
    );
  }
  const shape = first.with(
    axis,
    shapes.reduce((sum, one) => sum + one[axis]!, 0),
  );
  const output = call.output();
  if (call.isFixed) {
    const sources = inputs.map((_, index) => call.constant(index, 'input'));
    if (sources.some((source) => source.type !== sources[0]!.type)) {
      call.fail('its inputs are of different types; export the model again', 'bad-model');
    }
    call.fold(shape, () => concatenated(sources, output, axis, shape));
    return;
  }
  call.emit({ op: 'Concat', inputs, outputs: [output], axis }, shape);
}

/** Split: the parts' sizes are given, or (nearly) equal. */
export function lowerSplit(call: Call): void {
  const shape = call.shape(0);
  const axis = call.axis(call.int('axis', 0), shape.length);
  const extent = shape[axis]!;
  const parts = call.node.outputs.length;
  // From operator set 18 on, the last of equal parts may be smaller.
  const equal = Math.ceil(extent / parts);
  const sizes =
    call.attributeOrInput('split', 1) ??
    Array.from({ length: parts }, (_, part) => Math.min(equal, extent - part * equal));
  const isEven = call.opset >= 18 || call.hasAttribute('split') || call.hasInput(1) || extent % parts === 0;
  if (sizes.length !== parts || sizes.some((size) => size < 1) || elementSum(sizes) !== extent || !isEven) {
    call.fail(
      `axis ${axis} of ${formatShape(shape)} cannot be split into ${parts} parts of [${sizes}]; check the size of the input`,
      'shape-mismatch',
    );
  }
  const outputs = sizes.map((_, part) => call.output(part));
  const shapes = sizes.map((size) => shape.with(axis, size));
  call.builder.add(call.name, { op: 'Split', inputs: [call.input(0)], outputs, axis }, shapes);
}

function elementSum(numbers: readonly number[]): number {
  return numbers.reduce((sum, value) => sum + value, 0);
}

function requireIntegers(call: Call, what: string, numbers: readonly number[]): void {
  const bad = numbers.find((number) => !Number.isInteger(number));
  if (bad === undefined) return;
  call.fail(`its ${what} hold ${bad}, but whole numbers are needed; export the model again`, 'bad-model');
}

const PAD_MODES = ['constant', 'reflect', 'edge'] as const;

/** Pad: amounts and value are attributes before operator set 11, then inputs; from 18 on axes may be chosen. */
export function lowerPad(call: Call): void {
  const shape = call.shape(0);
  const rank = shape.length;
  const modeName = call.string('mode', 'constant');
  const mode =
    PAD_MODES.find((known) => known === modeName) ??
    call.fail(`its mode is "${modeName}"; ${PAD_MODES.join(', ')} are supported`);
  const given =
    call.ints('paddings') ??
    call.attributeOrInput('pads', 1) ??
    call.fail('it lacks its pads; export the model again', 'bad-model');
  const axes = call.hasInput(3)
    ? call.constantNumbers(3, 'axes').map((axis) => call.axis(axis, rank))
    : shape.map((_, axis) => axis);
  if (given.length !== 2 * axes.length) {
    call.fail(`it has ${given.length} pads for ${axes.length} axes, but two each are needed`, 'bad-model');
  }
  requireIntegers(call, 'pads', given);
  const pads = new Array<number>(2 * rank).fill(0);
  axes.forEach((axis, index) => {
    pads[axis] = given[index]!;
    pads[axis + rank] = given[index + axes.length]!;
  });
  if (pads.every((pad) => pad === 0)) {
    keepNumbers(call);
    return;
  }
  if (mode === 'reflect' && shape.some((extent, axis) => Math.max(pads[axis]!, pads[axis + rank]!) >= extent)) {
    call.fail(`[${pads}] reflects more than ${formatShape(shape)} has; check the size of the input`, 'shape-mismatch');
  }
  const value = call.hasInput(2) ? (call.constantNumbers(2, 'value')[0] ?? 0) : call.float('value', 0);
  call.emit(
    { op: 'Pad', inputs: [call.input(0)], outputs: [call.output()], mode, pads, value },
    shape.map((extent, axis) => extent + pads[axis]! + pads[axis + rank]!),
  );
}

/** Slice: of computed values a run of consecutive elements, as a Pad that crops, or several. */
export function lowerSlice(call: Call): void {
  const shape = call.shape(0);
  const starts = call.attributeOrInput('starts', 1) ?? [];
  const ends = call.attributeOrInput('ends', 2) ?? [];
  const axes = call.attributeOrInput('axes', 3) ?? starts.map((_, index) => index);
  const steps = call.hasInput(4) ? call.constantNumbers(4, 'steps') : starts.map(() => 1);
  requireIntegers(call, 'starts', starts);
  requireIntegers(call, 'ends', ends);
  requireIntegers(call, 'steps', steps);
  if (starts.length !== ends.length || axes.length !== starts.length) {
    const found = `${starts.length} starts, ${ends.length} ends and ${axes.length} axes`;
    call.fail(`it has ${found}, but as many of each are needed; export the model again`, 'bad-model');
  }
  const ranges = shape.map((extent) => ({ start: 0, step: 1, count: extent }));
  axes.forEach((given, index) => {
    const axis = call.axis(given, shape.length);
    const extent = shape[axis]!;
    const step = steps[index] ?? 1;
    if (step === 0) call.fail('a step is 0; export the model again', 'bad-model');
    const [low, high] = step > 0 ? [0, extent] : [-1, extent - 1];
    const clamp = (at: number) => Math.min(high, Math.max(low, at < 0 ? at + extent : at));
    const start = clamp(starts[index]!);
    ranges[axis] = { start, step, count: Math.max(0, Math.ceil((clamp(ends[index]!) - start) / step)) };
  });
  const output = call.output();
  if (call.isConstant(0)) {
    const counts = ranges.map(({ count }) => count);
    call.fold(counts, () => sliced(call.constant(0, 'input'), output, ranges));
    return;
  }
  if (ranges.some(({ step }) => step !== 1)) {
    const picks = ranges.flatMap(({ start, step, count }, axis) =>
      step === 1 && count === shape[axis]
        ? []
        : [{ axis, indices: Array.from({ length: count }, (_, index) => start + index * step) }],
    );
    emitPicked(
      call,
      picks,
      ranges.map(({ count }) => count),
    );
    return;
  }
  const before = ranges.map(({ start }) => -start);
  const after = ranges.map(({ start, count }, axis) => start + count - shape[axis]!);
  call.emit(
    { op: 'Pad', inputs: [call.input(0)], outputs: [output], mode: 'constant', pads: [...before, ...after], value: 0 },
    ranges.map(({ count }) => count),
  );
}

/** DepthToSpace (as in pixel shuffling): blocks of channels become squares of pixels. */
export function lowerDepthToSpace(call: Call): void {
  const shape = call.shapeOfRank(0, 4, 'rearranging [N,C,H,W]');
  const [batch, channels, height, width] = shape as [number, number, number, number];
  const size = call.int('blocksize', 0);
  const depth = channels / (size * size);
  if (!Number.isInteger(depth)) call.fail(`${channels} channels are no multiple of ${size}²`, 'bad-model');
  const isColumns = call.string('mode', 'DCR') === 'CRD';
  const split = isColumns ? [batch, depth, size, size, height, width] : [batch, size, size, depth, height, width];
  const permutation = isColumns ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2];
  const blocks = call.emitPart('blocks', split, (output) => ({
    op: 'Reshape',
    inputs: [call.input(0)],
    outputs: [output],
  }));
  const moved = call.emitPart('moved', [batch, depth, height, size, width, size], (output) => ({
    op: 'Transpose',
    inputs: [blocks],
    outputs: [output],
    permutation,
  }));
  call.emit({ op: 'Reshape', inputs: [moved], outputs: [call.output()] }, [batch, depth, height * size, width * size]);
}
