import { toFloat64 } from '../../tensor/source.ts';
import { formatShape } from '../../tensor/tensor.ts';
import type { Call } from '../call.ts';
import { float64Constant } from '../constants.ts';
import { pair } from './window.ts';

type Pair = readonly [number, number];

/**
 * ConvTranspose: a convolution of the input with zeros between its pixels, by the weights [C,M/groups,h,w] turned around
 * and exchanged. So every rule of a convolution serves it.
 */
export function lowerConvTranspose(call: Call): void {
  const [batch, channels, height, width] = call.shapeOfRank(0, 4, 'a 2-d transposed convolution of [N,C,H,W]') as [
    number,
    number,
    number,
    number,
  ];
  const weights = call.constant(1, 'weights');
  const groups = call.int('group', 1);
  const [depth, perGroup, kernelHeight, kernelWidth] = weights.shape;
  if (weights.shape.length !== 4 || depth !== channels || channels % groups !== 0) {
    call.fail(
      `weights ${formatShape(weights.shape)} in ${groups} group(s) do not fit the input ${formatShape(call.shape(0))}; check the size of the input`,
      'shape-mismatch',
    );
  }
  const kernel = [kernelHeight!, kernelWidth!] as const;
  const asked = pair(call, 'kernel_shape', kernel);
  if (asked[0] !== kernel[0] || asked[1] !== kernel[1]) {
    call.fail(
      `kernel_shape ${asked} differs from its weights ${formatShape(weights.shape)}; export it again`,
      'bad-model',
    );
  }
  const strides = pair(call, 'strides', [1, 1]);
  const dilations = pair(call, 'dilations', [1, 1]);
  const filters = perGroup! * groups;
  const reach = (axis: 0 | 1) => (kernel[axis] - 1) * dilations[axis];
  const [rows, columns] = [along(call, 0, height, strides, reach(0)), along(call, 1, width, strides, reach(1))];
  let value = spread(call, call.input(0), [batch, channels, height, width], 3, strides[1]);
  value = spread(call, value, [batch, channels, height, width * strides[1]], 2, strides[0]);
  const spreadShape = [batch, channels, height * strides[0], width * strides[1]];
  // What stands before and after the spread pixels, whose last zeros are cut off.
  const pads = [
    ...[0, 0, reach(0) - rows.before, reach(1) - columns.before],
    ...[0, 0, reach(0) - rows.after - (strides[0] - 1), reach(1) - columns.after - (strides[1] - 1)],
  ];
  const framed = spreadShape.map((extent, axis) => extent + pads[axis]! + pads[axis + 4]!);
  if (pads.some((pad) => pad !== 0)) {
    const [inputs, from] = [[value], framed];
    value = call.emitPart('framed', from, (name) => ({
      op: 'Pad',
      inputs,
      outputs: [name],
      mode: 'constant',
      pads,
      value: 0,
    }));
  }
  const shape = [filters, channels / groups, ...kernel];
  const turned = call.newConstant('turned', shape, (name) =>
    float64Constant(name, shape, turnedAround(toFloat64(weights), groups, channels / groups, perGroup!, kernel)),
  );
  const inputs = [value, turned];
  if (call.hasInput(2)) {
    const bias = call.constant(2, 'bias').shape;
    if (bias.length !== 1 || bias[0] !== filters) {
      call.fail(`its bias is ${formatShape(bias)}, but ${filters} numbers are needed; export it again`, 'bad-model');
    }
    inputs.push(call.input(2));
  }
  const window = { kernel, strides: [1, 1], dilations, pads: [0, 0, 0, 0] } as const;
  const extents = [framed[2]! - reach(0), framed[3]! - reach(1)];
  if (extents.some((extent) => extent < 1)) {
    call.fail(`its output would have ${formatShape(extents)} pixels; export it again`, 'bad-model');
  }
  call.emit({ op: 'Conv', inputs, outputs: [call.output()], window, groups }, [batch, filters, ...extents]);
}

/** What is cut from the full result along an axis, before and after; negative where zeros are added after it. */
function along(
  call: Call,
  axis: 0 | 1,
  extent: number,
  strides: Pair,
  reach: number,
): { before: number; after: number } {
  const more = call.ints('output_padding')?.[axis] ?? 0;
  const full = (extent - 1) * strides[axis] + reach + 1 + more;
  const autoPad = call.string('auto_pad', 'NOTSET');
  const isSame = autoPad === 'SAME_UPPER' || autoPad === 'SAME_LOWER';
  const wanted = call.ints('output_shape')?.at(axis - 2) ?? (isSame ? extent * strides[axis] : undefined);
  if (wanted !== undefined) {
    const total = Math.max(0, full - wanted);
    const half = Math.floor(total / 2);
    const before = autoPad === 'SAME_UPPER' ? half : total - half;
    return { before, after: full - wanted - before - more };
  }
  if (autoPad !== 'NOTSET' && autoPad !== 'VALID') {
    return call.fail(`auto_pad "${autoPad}" is unknown; NOTSET, SAME_UPPER, SAME_LOWER or VALID is expected`);
  }
  const pads = autoPad === 'VALID' ? [0, 0, 0, 0] : (call.ints('pads') ?? [0, 0, 0, 0]);
  if (pads.length !== 4) call.fail(`pads are [${pads}], but four integers are needed; export it again`, 'bad-model');
  return { before: pads[axis]!, after: pads[axis + 2]! - more };
}

/** A value [N,C,H,W] with `stride` − 1 zeros after each element of an axis. */
function spread(
  call: Call,
  value: string,
  shape: readonly [number, number, number, number],
  axis: 2 | 3,
  stride: number,
): string {
  if (stride === 1) return value;
  const [batch, channels, height, width] = shape;
  const single = axis === 3 ? [batch, channels, height * width, 1] : [batch, channels * height, 1, width];
  const spaced = single.with(axis, stride);
  const apart = call.emitPart('apart', single, (name) => ({ op: 'Reshape', inputs: [value], outputs: [name] }));
  const pads = new Array<number>(8).fill(0);
  pads[4 + axis] = stride - 1;
  const zeros = call.emitPart('zeros', spaced, (name) => ({
    op: 'Pad',
    inputs: [apart],
    outputs: [name],
    mode: 'constant',
    pads,
    value: 0,
  }));
  const result = shape.map((extent, at) => (at === axis ? extent * stride : extent));
  return call.emitPart('spread', result, (name) => ({ op: 'Reshape', inputs: [zeros], outputs: [name] }));
}

/** w[g·D + d][m][y][x] as W[g·M + m][d][h−1−y][w−1−x]. */
function turnedAround(
  weights: Float64Array,
  groups: number,
  depth: number,
  perGroup: number,
  [height, width]: Pair,
): Float64Array {
  const size = height * width;
  const result = new Float64Array(weights.length);
  for (let group = 0; group < groups; group++) {
    for (let d = 0; d < depth; d++) {
      for (let m = 0; m < perGroup; m++) {
        const from = ((group * depth + d) * perGroup + m) * size;
        const to = ((group * perGroup + m) * depth + d) * size;
        for (let i = 0; i < size; i++) result[to + size - 1 - i] = weights[from + i]!;
      }
    }
  }
  return result;
}
