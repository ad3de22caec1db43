import type { WasmStep } from '../../tensor/wasm/step.ts';
import { even, type Layer, packedWeights } from './wasm-layer.ts';

/** Bytes of a band of input: it stays in a core's first cache. */
const BAND_BYTES = 24 * 2 ** 10;
/** Outputs of an item, at least. */
const ITEM = 4096;

/** Copies bands of each group's input planes, padded, and sums each output's products: wasm/conv/planes.ts. */
export function planPlanes(step: WasmStep, layer: Layer): void {
  const { batch, groups, channels, rows, input, output, kernel, strides, spread, dilations, pads } = layer;
  const taps = channels * kernel[0] * kernel[1];
  const weights = packedWeights(step, layer, 'packWeights', kernel[0] * kernel[1], even(taps), rows);
  // Of a row's columns, every stride-th lie together.
  const phase = output[1] + Math.floor(((kernel[1] - 1) * dilations[1]) / strides[1]);
  const pitch = 4 * phase * strides[1];
  const window = dilations[0] * (kernel[0] - 1) + 1;
  const fitting = Math.floor((BAND_BYTES / (channels * pitch) - window) / strides[0]) + 1;
  const bands = Math.ceil(output[0] / Math.max(1, Math.min(fitting, output[0])));
  const bandRows = Math.ceil(output[0] / bands);
  const reach = (bandRows - 1) * strides[0] + window;
  step.threadScratch(4 * (output[1] + 16) + channels * reach * pitch + 64);
  const offsets = new Uint32Array(taps);
  for (let tap = 0; tap < taps; tap++) {
    const x = (tap % kernel[1]) * dilations[1];
    const y = (Math.floor(tap / kernel[1]) % kernel[0]) * dilations[0];
    const channel = Math.floor(tap / (kernel[0] * kernel[1]));
    const column = (x % strides[1]) * phase + Math.floor(x / strides[1]);
    offsets[tap] = (channel * reach + y) * pitch + 4 * column;
  }
  // Of each phase, the columns inside the image: places [first, end), and the column of the first.
  const runs = Array.from({ length: strides[1] }, (_, p) => {
    const first = Math.min(phase, Math.max(0, Math.ceil((pads[1] - p) / strides[1])));
    const end = Math.max(first, Math.min(phase, Math.floor((input[1] - 1 + pads[1] - p) / strides[1]) + 1));
    return [first, end, first * strides[1] + p - pads[1]];
  });
  const total = batch * groups;
  const groupsPerItem = Math.min(total, Math.ceil(ITEM / (rows * bandRows * output[1])));
  const usedBands = Math.ceil(output[0] / bandRows);
  step.task('convolvePlanes', Math.ceil(total / groupsPerItem) * usedBands, [
    ...layer.finish,
    ...[step.input(0), step.output(0), weights, step.table(offsets), taps, even(taps), total, groups, groupsPerItem],
    ...[usedBands, bandRows, reach, channels, rows, ...input, ...output, ...strides, ...spread, ...pads, phase],
    step.table(Uint32Array.from(runs.flat())),
  ]);
}
