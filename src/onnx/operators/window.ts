import type { Window } from '../../graph/graph.ts';
import { formatShape, type Shape } from '../../tensor/tensor.ts';
import type { NodeBody } from '../builder.ts';
import type { Call } from '../call.ts';
import { renamed } from '../constants.ts';

/** Kernels, strides, dilations and pads beyond this are no network's. */
const MAX_WINDOW = 65535;

/** Conv: y = x * w (+ b) over [N,C,H,W], or over [N,C,L] as rows. */
export function lowerConv(call: Call): void {
  const x = planesOf(call, 'a convolution');
  const [batch, channels, ...plane] = x.shape as [number, number, number, number];
  const raw = call.constant(1, 'weights');
  const weights = x.isLine ? asRow(raw.shape) : raw.shape;
  const groups = call.int('group', 1);
  const [filters, depth] = weights;
  if (weights.length !== 4 || depth! * groups !== channels || filters! % groups !== 0) {
    call.fail(
      `weights ${formatShape(weights)} in ${groups} group(s) do not fit the input ${formatShape(call.shape(0))}; check the size of the input`,
      'shape-mismatch',
    );
  }
  const kernel = pair(call, 'kernel_shape', [weights[2]!, weights[3]!]);
  if (kernel[0] !== weights[2] || kernel[1] !== weights[3]) {
    call.fail(`kernel_shape ${kernel} differs from its weights ${formatShape(weights)}; export it again`, 'bad-model');
  }
  const row = () => call.newConstant('row', weights, (name) => renamed(raw, name, weights));
  const inputs = [x.value, x.isLine ? row() : call.input(1)];
  if (call.hasInput(2)) {
    const bias = call.constant(2, 'bias').shape;
    if (bias.length !== 1 || bias[0] !== filters) {
      call.fail(`its bias is ${formatShape(bias)}, but ${filters} numbers are needed; export it again`, 'bad-model');
    }
    inputs.push(call.input(2));
  }
  const window = windowOf(call, kernel, plane);
  const extents = plane.map((extent, axis) => windowCount(call, window, axis, extent, false));
  x.emit([batch, filters!, ...extents], (outputs) => ({ op: 'Conv', inputs, outputs, window, groups }));
}

/** A node's input as planes [N,C,H,W]. */
interface Planes {
  readonly value: string;
  readonly shape: Shape;
  /** Whether it is [N,C,L], taken as planes of one row. */
  readonly isLine: boolean;
  /** Emits the node, whose output has this shape [N,C,H,W]; as [N,C,L] where the input was. */
  emit(shape: Shape, body: (outputs: string[]) => NodeBody): void;
}

const asRow = ([first, second, ...rest]: Shape): Shape => [first!, second!, 1, ...rest];

/** What a 2-d operator takes: [N,C,H,W], or [N,C,L] as planes of one row. */
function planesOf(call: Call, what: string): Planes {
  const shape = call.shape(0);
  if (shape.length !== 3) {
    call.shapeOfRank(0, 4, `${what} of [N,C,H,W] or [N,C,L]`);
    return { value: call.input(0), shape, isLine: false, emit: (out, body) => call.emit(body([call.output()]), out) };
  }
  const value = call.emitPart('row', asRow(shape), (name) => ({
    op: 'Reshape',
    inputs: [call.input(0)],
    outputs: [name],
  }));
  return {
    value,
    shape: asRow(shape),
    isLine: true,
    emit(out, body) {
      const inner = call.emitPart('planes', out, (name) => body([name]));
      const line = out.filter((_, axis) => axis !== 2);
      call.emit({ op: 'Reshape', inputs: [inner], outputs: [call.output()] }, line);
    },
  };
}

export function lowerMaxPool(call: Call): void {
  lowerPool(call, (inputs, window, outputs) => ({ op: 'MaxPool', inputs, outputs, window }), true);
}

export function lowerAveragePool(call: Call): void {
  const countIncludePad = call.int('count_include_pad', 0) !== 0;
  lowerPool(
    call,
    (inputs, window, outputs) => ({ op: 'AveragePool', inputs, outputs, window, countIncludePad }),
    !countIncludePad,
  );
}

/** `needsInput`: a window that lies in the padding alone has no value. */
function lowerPool(
  call: Call,
  body: (inputs: string[], window: Window, outputs: string[]) => NodeBody,
  needsInput: boolean,
): void {
  const x = planesOf(call, 'pooling');
  const { shape } = x;
  if (!call.hasAttribute('kernel_shape')) call.fail('it lacks kernel_shape; export the model again', 'bad-model');
  const plane = shape.slice(2);
  const window = windowOf(call, pair(call, 'kernel_shape', [1, 1]), plane);
  const ceil = call.int('ceil_mode', 0) !== 0;
  const extents = plane.map((extent, axis) => windowCount(call, window, axis, extent, ceil));
  if (needsInput) {
    extents.forEach((count, axis) => {
      refuseEmptyWindows(call, window, axis, plane[axis]!, count);
    });
  }
  x.emit([...shape.slice(0, 2), ...extents], (outputs) => body([x.value], window, outputs));
}

export function lowerGlobalMaxPool(call: Call): void {
  const { x, window, shape } = wholePlane(call);
  x.emit(shape, (outputs) => ({ op: 'MaxPool', inputs: [x.value], outputs, window }));
}

export function lowerGlobalAveragePool(call: Call): void {
  const { x, window, shape } = wholePlane(call);
  x.emit(shape, (outputs) => ({ op: 'AveragePool', inputs: [x.value], outputs, window, countIncludePad: false }));
}

function wholePlane(call: Call): { readonly x: Planes; readonly window: Window; readonly shape: Shape } {
  const x = planesOf(call, 'global pooling');
  const [batch, channels, height, width] = x.shape as [number, number, number, number];
  const window = { kernel: [height, width], strides: [1, 1], dilations: [1, 1], pads: [0, 0, 0, 0] } as const;
  return { x, window, shape: [batch, channels, 1, 1] };
}

/** Integers of the axes of a plane; of a row's single axis, with `above` for the rows. */
function planeInts(call: Call, name: string, above: number): readonly number[] | undefined {
  const given = call.ints(name);
  if (given === undefined || call.shape(0).length !== 3) return given;
  return given.length === 2 ? [above, given[0]!, above, given[1]!] : [above, ...given];
}

/** An attribute of two positive integers. */
export function pair(call: Call, name: string, otherwise: readonly [number, number]): [number, number] {
  const [vertical, horizontal, ...more] = planeInts(call, name, 1) ?? otherwise;
  if (horizontal === undefined || more.length > 0 || !isExtent(vertical) || !isExtent(horizontal)) {
    return call.fail(
      `${name} is [${call.ints(name)}], but two integers from 1 to ${MAX_WINDOW} are needed; export it again`,
    );
  }
  return [vertical, horizontal];
}

function isExtent(value: number | undefined): value is number {
  return Number.isInteger(value) && value! > 0 && value! <= MAX_WINDOW;
}

function windowOf(call: Call, kernel: readonly [number, number], plane: readonly number[]): Window {
  const strides = pair(call, 'strides', [1, 1]);
  const dilations = pair(call, 'dilations', [1, 1]);
  const autoPad = call.string('auto_pad', 'NOTSET');
  switch (autoPad) {
    case 'VALID':
      return { kernel, strides, dilations, pads: [0, 0, 0, 0] };
    case 'SAME_UPPER':
    case 'SAME_LOWER': {
      const total = plane.map((extent, axis) => {
        const reach = (Math.ceil(extent / strides[axis]!) - 1) * strides[axis]! + dilated({ kernel, dilations }, axis);
        return Math.max(0, reach - extent);
      });
      const less = total.map((pad) => Math.floor(pad / 2)) as [number, number];
      const more = total.map((pad) => Math.ceil(pad / 2)) as [number, number];
      const pads = autoPad === 'SAME_UPPER' ? ([...less, ...more] as const) : ([...more, ...less] as const);
      return { kernel, strides, dilations, pads };
    }
    case 'NOTSET': {
      const [top, left, bottom, right, ...rest] = planeInts(call, 'pads', 0) ?? [0, 0, 0, 0];
      const pads = [top!, left!, bottom!, right!] as const;
      if (rest.length > 0 || !pads.every((pad) => pad === 0 || isExtent(pad))) {
        return call.fail(
          `pads are [${call.ints('pads')}], but four integers from 0 to ${MAX_WINDOW} are needed; export it again`,
        );
      }
      return { kernel, strides, dilations, pads };
    }
    default:
      return call.fail(`auto_pad "${autoPad}" is unknown; NOTSET, SAME_UPPER, SAME_LOWER or VALID is expected`);
  }
}

/** How far a kernel reaches along an axis. */
function dilated(window: Pick<Window, 'kernel' | 'dilations'>, axis: number): number {
  return (window.kernel[axis]! - 1) * window.dilations[axis]! + 1;
}

/** Number of windows along an axis. */
function windowCount(call: Call, window: Window, axis: number, extent: number, ceil: boolean): number {
  const stride = window.strides[axis]!;
  const room = extent + window.pads[axis]! + window.pads[axis + 2]! - dilated(window, axis);
  if (room < 0) {
    const side = axis === 0 ? 'height' : 'width';
    call.fail(
      `its kernel reaches over ${dilated(window, axis)}, more than the padded ${side} ${room + dilated(window, axis)}; give a larger input`,
      'shape-mismatch',
    );
  }
  if (!ceil) return Math.floor(room / stride) + 1;
  const count = Math.ceil(room / stride) + 1;
  // As in PyTorch and onnxruntime, the last window must begin before the bottom or right padding.
  return (count - 1) * stride >= extent + window.pads[axis]! ? count - 1 : count;
}

/** Windows that begin inside the input read it; those that begin before it must reach it with some tap. */
function refuseEmptyWindows(call: Call, window: Window, axis: number, extent: number, count: number): void {
  const [pad, stride, dilation] = [window.pads[axis]!, window.strides[axis]!, window.dilations[axis]!];
  const isEmpty = (index: number) => {
    const start = index * stride - pad;
    const firstTap = start >= 0 ? 0 : Math.ceil(-start / dilation);
    return firstTap >= window.kernel[axis]! || start + firstTap * dilation >= extent;
  };
  const early = Math.min(count, Math.ceil(pad / stride));
  const empty = [...Array(early).keys(), count - 1].find(isEmpty);
  if (empty === undefined) return;
  call.fail(
    `window ${empty} along axis ${axis + 2} lies wholly in the padding, so it has no value; use smaller pads`,
    'bad-model',
  );
}
