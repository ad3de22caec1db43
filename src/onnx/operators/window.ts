import type { Window } from '../../graph/graph.ts';
import { formatShape } from '../../tensor/tensor.ts';
import type { Call } from '../call.ts';

/** Kernels, strides, dilations and pads beyond this are no network's. */
const MAX_WINDOW = 65535;

/** Conv: y = x * w (+ b) over [N,C,H,W]. */
export function lowerConv(call: Call): void {
  const [batch, channels, ...plane] = call.shapeOfRank(0, 4, 'a 2-d convolution of [N,C,H,W]') as [
    number,
    number,
    number,
    number,
  ];
  const weights = call.constant(1, 'weights').shape;
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
  const inputs = [call.input(0), call.input(1)];
  if (call.hasInput(2)) {
    const bias = call.constant(2, 'bias').shape;
    if (bias.length !== 1 || bias[0] !== filters) {
      call.fail(`its bias is ${formatShape(bias)}, but ${filters} numbers are needed; export it again`, 'bad-model');
    }
    inputs.push(call.input(2));
  }
  const window = windowOf(call, kernel, plane);
  const extents = plane.map((extent, axis) => windowCount(call, window, axis, extent, false));
  call.emit({ op: 'Conv', inputs, outputs: [call.output()], window, groups }, [batch, filters!, ...extents]);
}

export function lowerMaxPool(call: Call): void {
  lowerPool(call, (window, outputs) => ({ op: 'MaxPool', inputs: [call.input(0)], outputs, window }), true);
}

export function lowerAveragePool(call: Call): void {
  const countIncludePad = call.int('count_include_pad', 0) !== 0;
  lowerPool(
    call,
    (window, outputs) => ({ op: 'AveragePool', inputs: [call.input(0)], outputs, window, countIncludePad }),
    !countIncludePad,
  );
}

/** `needsInput`: a window that lies in the padding alone has no value. */
function lowerPool(
  call: Call,
  body: (window: Window, outputs: string[]) => Parameters<Call['emit']>[0],
  needsInput: boolean,
): void {
  const shape = call.shapeOfRank(0, 4, '2-d pooling of [N,C,H,W]');
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
  call.emit(body(window, [call.output()]), [...shape.slice(0, 2), ...extents]);
}

export function lowerGlobalMaxPool(call: Call): void {
  const window = wholePlane(call);
  call.emit({ op: 'MaxPool', inputs: [call.input(0)], outputs: [call.output()], window }, [
    ...call.shape(0).slice(0, 2),
    1,
    1,
  ]);
}

export function lowerGlobalAveragePool(call: Call): void {
  const window = wholePlane(call);
  call.emit({ op: 'AveragePool', inputs: [call.input(0)], outputs: [call.output()], window, countIncludePad: false }, [
    ...call.shape(0).slice(0, 2),
    1,
    1,
  ]);
}

function wholePlane(call: Call): Window {
  const [, , height, width] = call.shapeOfRank(0, 4, 'global pooling of [N,C,H,W]');
  return { kernel: [height!, width!], strides: [1, 1], dilations: [1, 1], pads: [0, 0, 0, 0] };
}

/** An attribute of two positive integers. */
function pair(call: Call, name: string, otherwise: readonly [number, number]): [number, number] {
  const [vertical, horizontal, ...more] = call.ints(name) ?? otherwise;
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
      const [top, left, bottom, right, ...rest] = call.ints('pads') ?? [0, 0, 0, 0];
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
