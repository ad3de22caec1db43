import { formatShape, type Shape } from '../../tensor/tensor.ts';
import type { Call } from '../call.ts';
import { float64Constant } from '../constants.ts';

type Place = (output: number, inputs: number, outputs: number, scale: number) => number;

/**
 * Where an output pixel lies among the inputs (ONNX, `coordinate_transformation_mode`): rounded to float32 as runtimes
 * do, for `floor` and `ceil` tell apart what lies on a pixel from what lies just before it.
 */
const PLACES: Readonly<Record<string, Place>> = {
  half_pixel: (output, _, __, scale) => Math.fround(Math.fround((output + 0.5) / scale) - 0.5),
  pytorch_half_pixel: (output, _, outputs, scale) =>
    outputs > 1 ? Math.fround(Math.fround((output + 0.5) / scale) - 0.5) : 0,
  asymmetric: (output, _, __, scale) => Math.fround(output / scale),
  align_corners: (output, inputs, outputs) => (outputs > 1 ? (output * (inputs - 1)) / (outputs - 1) : 0),
};

/** Which neighbour a place between two pixels takes (ONNX, `nearest_mode`). */
const NEAREST: Readonly<Record<string, (place: number) => number>> = {
  round_prefer_floor: (place) => Math.ceil(place - 0.5),
  round_prefer_ceil: (place) => Math.floor(place + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
};

/** Resize, and Upsample before operator set 10, of the last two axes: nearest and linear. */
export function lowerResize(call: Call): void {
  const shape = call.shapeOfRank(0, 4, 'resizing of [N,C,H,W]');
  const isOld = call.node.op === 'Upsample' || call.opset < 11;
  const mode = call.string('mode', 'nearest');
  if (!['nearest', 'linear', 'bilinear'].includes(mode))
    call.fail(`its mode is ${mode}; supported are nearest and linear`);
  if (call.int('antialias', 0) !== 0) call.fail('antialias is on, which is not supported');
  const placing = isOld ? 'asymmetric' : call.string('coordinate_transformation_mode', 'half_pixel');
  const place =
    PLACES[placing] ?? call.fail(`its coordinate_transformation_mode is ${placing}, which is not supported`);
  const rounding = isOld ? 'floor' : call.string('nearest_mode', 'round_prefer_floor');
  const nearest = NEAREST[rounding] ?? call.fail(`its nearest_mode is ${rounding}, which is not known`, 'bad-model');
  const { sizes, scales } = extents(call, shape, isOld);
  if (sizes[0] !== shape[0] || sizes[1] !== shape[1]) {
    call.fail(`it resizes ${formatShape(shape)} to ${formatShape(sizes)}; only height and width can be resized`);
  }
  const table = (axis: 2 | 3, part: string): string => {
    const [inputs, outputs] = [shape[axis]!, sizes[axis]!];
    const taps = mode === 'nearest' || inputs === 1 ? 1 : 2;
    const rows = new Float64Array(outputs * (1 + taps));
    for (let output = 0; output < outputs; output++) {
      const exact = Math.min(Math.max(place(output, inputs, outputs, scales[axis]!), 0), inputs - 1);
      const first = taps === 1 ? Math.min(nearest(exact), inputs - 1) : Math.min(Math.floor(exact), inputs - 2);
      rows.set(taps === 1 ? [first, 1] : [first, 1 - (exact - first), exact - first], output * (1 + taps));
    }
    const size = [outputs, 1 + taps];
    return call.newConstant(part, size, (name) => float64Constant(name, size, rows));
  };
  const inputs = [call.input(0), table(2, 'rows'), table(3, 'columns')];
  call.emit({ op: 'Resize', inputs, outputs: [call.output()] }, sizes);
}

/** The output's shape and its scales, of which a file gives one. */
function extents(call: Call, shape: Shape, isOld: boolean): { sizes: number[]; scales: readonly number[] } {
  const attribute = call.floats('scales');
  const at = isOld ? 1 : 2;
  const given = attribute ?? (call.hasInput(at) ? call.constantNumbers(at, 'scales') : []);
  const axes = call.ints('axes')?.map((axis) => call.axis(axis, 4)) ?? [0, 1, 2, 3];
  const spread = (numbers: readonly number[], otherwise: readonly number[]) =>
    otherwise.map((value, axis) => (axes.includes(axis) ? numbers[axes.indexOf(axis)]! : value));
  if (given.length > 0) {
    const scales = spread(given, [1, 1, 1, 1]);
    return { scales, sizes: shape.map((extent, axis) => Math.floor(extent * scales[axis]!)) };
  }
  if (isOld || !call.hasInput(3))
    return call.fail('it has neither scales nor sizes; export the model again', 'bad-model');
  const sizes = spread(call.constantNumbers(3, 'sizes'), shape);
  return { sizes, scales: sizes.map((size, axis) => size / shape[axis]!) };
}
