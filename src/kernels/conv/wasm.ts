import type { Operation } from '../../tensor/operation.ts';
import { type Address, plus, type WasmStep } from '../../tensor/wasm/step.ts';
import { planQuotient } from '../quotient/wasm.ts';
import { type ClippedRange, clippedRange } from '../shared/clipped-range.ts';
import type { LayerEpilogue } from '../shared/epilogue.ts';
import { outputParts } from '../shared/maps.ts';
import { type Epilogue, finishArguments, NO_EPILOGUE } from '../shared/wasm-epilogue.ts';
import type { ConvAttributes, ConvTransposeAttributes } from './attributes.ts';
import { hasSmallGroups } from './grouped.ts';
import { COLUMNS, even, type Layer, packedWeights, positionsOf, ROWS, rowBlock, SLAB_BYTES } from './wasm-layer.ts';
import { planPlanes } from './wasm-planes.ts';
import { planWinograd } from './wasm-winograd.ts';
import { allowsWinograd, winogradTile } from './winograd.ts';

type Shape4 = readonly [number, number, number, number];

/** Bytes of packed input that an item multiplies: they stay in a core's own cache. */
const BLOCK_BYTES = 256 * 2 ** 10;

/** Plans a convolution, and what follows it up to `range`; false where its weights or bias are no constants. */
export function planConv(step: WasmStep, attributes: ConvAttributes, range = epilogueRange(attributes)): boolean {
  const { window, groups, maps, epilogue, signed = false } = attributes;
  const bias = attributes.bias ? step.source(2) : undefined;
  if (step.source(1) === undefined || (attributes.bias && bias === undefined)) return false;
  const [batch, channels, height, width] = step.inputs[0] as Shape4;
  const [, outputs, outputHeight, outputWidth] = step.outputs[0] as Shape4;
  const relevance = step.input(step.inputs.length - 1);
  const relative = typeof epilogue === 'object' && epilogue.stabilizer.kind === 'relative';
  const fused: Epilogue =
    typeof epilogue === 'string'
      ? range === undefined
        ? NO_EPILOGUE
        : { kind: 'relu', limit: range.max }
      : relative
        ? NO_EPILOGUE
        : { kind: 'quotient', quotient: epilogue, relevance };
  const positions = outputHeight * outputWidth;
  planLayer(step, {
    transposed: false,
    winograd: allowsWinograd(window, step.inputs[1]!, positions, attributes.algorithm),
    maps,
    groups,
    batch,
    channels: channels / groups,
    rows: outputs / groups,
    input: [height, width],
    output: [outputHeight, outputWidth],
    kernel: window.kernel,
    strides: window.strides,
    spread: [1, 1],
    dilations: window.dilations,
    pads: [window.pads[0], window.pads[1]],
    finish: finishArguments(step, { groups, channels: outputs, positions, maps, bias, epilogue: fused, signed }),
  });
  if (relative) {
    // The root mean square needs all of z.
    const [z, count] = [step.output(0), (outputs / outputParts(maps)) * positions];
    planQuotient(step, { ...epilogue, groups }, { relevance, z, output: z, batch, count });
  }
  return true;
}

/** Plans a convolution together with the activation of its results; false where they do not go together. */
export function planConvTogether(step: WasmStep, attributes: ConvAttributes, next: Operation): boolean {
  const range = clippedRange(next);
  return attributes.epilogue === 'none' && range?.min === 0 && planConv(step, attributes, range);
}

/** To what results are clipped by what follows the sum. */
const RANGES: Readonly<Record<Extract<LayerEpilogue, string>, ClippedRange | undefined>> = {
  none: undefined,
  relu: { min: 0, max: Infinity },
};

const epilogueRange = ({ epilogue }: ConvAttributes): ClippedRange | undefined =>
  typeof epilogue === 'string' ? RANGES[epilogue] : undefined;

/** Plans a transposed convolution; false where its weights are no constant. */
export function planConvTranspose(step: WasmStep, attributes: ConvTransposeAttributes): boolean {
  if (step.source(1) === undefined) return false;
  const [strideY, strideX] = attributes.window.strides;
  const layer = transposedLayer(step, attributes);
  if ((strideY === 1 && strideX === 1) || isGrouped(layer)) planLayer(step, layer);
  else planFold(step, attributes);
  return true;
}

function transposedLayer(step: WasmStep, attributes: ConvTransposeAttributes): Layer {
  const { window, groups, maps, product } = attributes;
  const [batch, channels, height, width] = step.inputs[0] as Shape4;
  const [, outputs, outputHeight, outputWidth] = step.outputs[0] as Shape4;
  const epilogue: Epilogue = product ? { kind: 'product', operand: step.input(2) } : NO_EPILOGUE;
  const positions = outputHeight * outputWidth;
  const complement = (axis: 0 | 1) => window.dilations[axis] * (window.kernel[axis] - 1) - window.pads[axis];
  return {
    transposed: true,
    winograd: allowsWinograd(window, step.inputs[1]!, height * width, attributes.algorithm),
    maps,
    groups,
    batch,
    channels: channels / groups,
    rows: outputs / groups,
    input: [height, width],
    output: [outputHeight, outputWidth],
    kernel: window.kernel,
    strides: [1, 1],
    spread: window.strides,
    dilations: window.dilations,
    pads: [complement(0), complement(1)],
    finish: finishArguments(step, {
      ...{ groups, channels: outputs, positions, maps, bias: undefined, epilogue },
      signed: false,
    }),
  };
}

/** Sample by sample: the products of all taps, as a 1×1 convolution, then each tap's to the inputs that it reads. */
function planFold(step: WasmStep, { window, groups, maps, product }: ConvTransposeAttributes): void {
  const [batch, channels, height, width] = step.inputs[0] as Shape4;
  const [, outputs, outputHeight, outputWidth] = step.outputs[0] as Shape4;
  const taps = window.kernel[0] * window.kernel[1];
  const plain = { maps, groups, positions: height * width, bias: undefined, epilogue: NO_EPILOGUE, signed: false };
  const columns = step.scratch(4 * outputs * taps * height * width);
  const layer: Layer = {
    transposed: true,
    winograd: false,
    maps,
    groups,
    batch: 1,
    channels: channels / groups,
    rows: outputs / groups,
    input: [height, width],
    output: [height, width],
    kernel: [1, 1],
    strides: [1, 1],
    spread: [1, 1],
    dilations: [1, 1],
    pads: [0, 0],
    finish: finishArguments(step, { ...plain, channels: outputs * taps }),
  };
  const depth = even(layer.channels);
  const weights = packedWeights(step, layer, 'packFold', taps, depth, layer.rows * taps);
  const sample = outputs * outputHeight * outputWidth;
  for (let n = 0; n < batch; n++) {
    const x = plus(step.input(0), 4 * n * channels * height * width);
    planMultiplication(step, { ...layer, rows: layer.rows * taps }, { weights, x, y: columns });
    const operand = product ? plus(step.input(2), 4 * n * sample) : 0;
    step.task('foldColumns', outputs, [
      ...[columns, plus(step.output(0), 4 * n * sample), operand, outputHeight, outputWidth, height, width],
      ...[...window.kernel, ...window.strides, ...window.dilations, window.pads[0], window.pads[1]],
    ]);
  }
}

const isGrouped = ({ groups, channels, rows, kernel }: Layer) => hasSmallGroups(groups, channels, rows, kernel);

function planLayer(step: WasmStep, layer: Layer): void {
  const tile = winogradTile(layer.maps, layer.transposed);
  if (isGrouped(layer)) planPlanes(step, layer);
  else if (layer.winograd && savesMultiplications(layer, tile)) planWinograd(step, layer, tile);
  else planDirect(step, layer);
}

/** Whether Winograd's algorithm needs fewer multiplications, its transforms (8 a channel) counted. */
function savesMultiplications({ channels, rows, output }: Layer, tile: number): boolean {
  const products = positionsOf(tile) * Math.ceil(output[0] / tile) * Math.ceil(output[1] / tile);
  const padded = Math.ceil(rows / ROWS) * ROWS;
  return products * (channels * padded + 8 * (channels + padded)) < 9 * output[0] * output[1] * channels * padded;
}

function planDirect(step: WasmStep, layer: Layer): void {
  const taps = layer.kernel[0] * layer.kernel[1];
  const weights = packedWeights(step, layer, 'packWeights', taps, even(layer.channels * taps), layer.rows);
  planMultiplication(step, layer, { weights, x: step.input(0), y: step.output(0) });
}

/** Whether the columns are the image as it is: a 1×1 convolution. An odd depth needs a row of zeros. */
function isInPlace({ channels, input, output, kernel, strides, pads }: Layer): boolean {
  return (
    [...kernel, ...strides].join() === '1,1,1,1' &&
    [...pads, ...input].join() === [0, 0, ...output].join() &&
    channels % 2 === 0
  );
}

interface Places {
  readonly weights: Address;
  readonly x: Address;
  readonly y: Address;
}

/** Packs the columns of the input's windows, where they are not there already, then multiplies: slab by slab. */
function planMultiplication(step: WasmStep, layer: Layer, { weights, x, y }: Places): void {
  const { batch, groups, channels, rows, input, output, kernel, strides, dilations, pads } = layer;
  const depth = even(channels * kernel[0] * kernel[1]);
  const rowPanels = Math.ceil(rows / ROWS);
  const positions = output[0] * output[1];
  const panels = Math.ceil(positions / COLUMNS);
  const total = batch * groups * panels;
  const panelBytes = depth * COLUMNS * 4;
  const inPlace = isInPlace(layer);
  const slab = inPlace ? total : Math.min(total, Math.max(16, Math.floor(SLAB_BYTES / panelBytes)));
  const packed = inPlace ? x : step.scratch(slab * panelBytes);
  step.threadScratch(2048);
  const panelsPerItem = Math.min(16, Math.max(2, Math.floor(BLOCK_BYTES / panelBytes)));
  for (let first = 0; first < total; first += slab) {
    const end = Math.min(total, first + slab);
    const packing = Math.max(1, Math.floor(8192 / panelBytes));
    if (!inPlace) {
      step.task('packColumns', Math.ceil((end - first) / packing), [
        ...[x, packed, first, end, packing, panels, groups, channels],
        ...[...input, ...output, ...kernel, ...strides, ...dilations, ...pads, depth],
      ]);
    }
    const columnBlocks = Math.ceil((end - first) / panelsPerItem);
    const rowPanelsPerItem = rowBlock(rowPanels, columnBlocks);
    step.task('multiplyColumns', columnBlocks * Math.ceil(rowPanels / rowPanelsPerItem), [
      ...layer.finish,
      ...[weights, packed, inPlace ? 4 * positions : COLUMNS * 4, y, first, end, panels, groups, rows, rowPanels],
      ...[positions, depth, panelsPerItem, rowPanelsPerItem],
    ]);
  }
}
