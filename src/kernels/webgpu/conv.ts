import { SalientError } from '../../error.ts';
import type { GpuStep, GpuTensor } from '../../tensor/webgpu/step.ts';
import type { Window } from '../../tensor/window.ts';
import type { ConvAttributes, ConvTransposeAttributes } from '../conv.ts';
import { epilogueBindings, epilogueConstants, isFusible, NO_EPILOGUE, stackedBias, sumSplits } from './epilogue.ts';
import { type Layer, mappedWeights, outputLayout, type Shape4, type WeightRow } from './layer.ts';
import { dispatchQuotient } from './quotient.ts';
import { chooseSplits, chooseTile, invocations, isNarrow } from './tiles.ts';
import { dispatchWinograd, usesWinograd, type WinogradChoice } from './winograd.ts';

/** One row of the matrix product: where a tap of a channel reads, relative to the output's own place. */
interface TapRow extends WeightRow {
  readonly dy: number;
  readonly dx: number;
}

/** Outputs (row + i·scale, column + j·scale) and the taps that make them. */
interface PhaseRows {
  readonly row: number;
  readonly column: number;
  readonly rows: readonly TapRow[];
}

/** A layer as `conv.wgsl` computes it. */
interface Product extends Layer {
  /** Steps of the input from one output of a phase to the next, and of the output. */
  readonly stride: readonly [number, number];
  readonly scale: readonly [number, number];
  readonly phases: readonly PhaseRows[];
}

/** A row that reads outside of every image, and so 0. */
const PADDING: TapRow = { channel: -1, tap: 0, dy: -0x8000, dx: 0 };

/** Plans a convolution. */
export function dispatchConv(step: GpuStep, attributes: ConvAttributes, choice: WinogradChoice = {}): void {
  const [input, weights] = step.inputs as [GpuTensor, GpuTensor];
  const [output] = step.outputs as [GpuTensor];
  const { window, groups, maps, epilogue: kind } = attributes;
  const bias = attributes.bias ? stackedBias(step, step.inputs[2]!, maps, groups) : undefined;
  const fused = isFusible(kind);
  const z = fused ? output : step.scratch(output.shape, 'z');
  const other = typeof kind === 'object' ? step.inputs.at(-1) : undefined;
  const layer: Layer = {
    transposed: false,
    groups,
    maps,
    input,
    weights,
    output: z,
    epilogue: fused ? { kind, bias, other } : { kind: 'none', bias },
  };
  if (usesWinograd(step, layer, window, choice)) dispatchWinograd(step, layer, window, choice.chunkBytes);
  else dispatchDirect(step, layer, window);
  if (!fused && typeof kind === 'object') dispatchQuotient(step, other!, z, output, { ...kind, groups });
}

function dispatchDirect(step: GpuStep, layer: Layer, window: Window): void {
  const [padTop, padLeft] = window.pads;
  const rows = tapRows(layer.input.shape[1]! / layer.groups, window, (ky, kx) => ({
    dy: ky * window.dilations[0] - padTop,
    dx: kx * window.dilations[1] - padLeft,
  }));
  multiply(step, { ...layer, stride: window.strides, scale: [1, 1], phases: [{ row: 0, column: 0, rows }] });
}

/** Plans a transposed convolution. */
export function dispatchConvTranspose(
  step: GpuStep,
  attributes: ConvTransposeAttributes,
  choice: WinogradChoice = {},
): void {
  const [input, weights, other] = step.inputs as [GpuTensor, GpuTensor, GpuTensor?];
  const { window, groups, maps, product } = attributes;
  const layer: Layer = {
    transposed: true,
    groups,
    maps,
    input,
    weights,
    output: step.outputs[0]!,
    epilogue: product ? { kind: 'product', other } : NO_EPILOGUE,
  };
  if (usesWinograd(step, layer, window, choice)) dispatchWinograd(step, layer, window, choice.chunkBytes);
  else dispatchDirectTranspose(step, layer, window);
}

function dispatchDirectTranspose(step: GpuStep, layer: Layer, window: Window): void {
  const [strideY, strideX] = window.strides;
  const phases: PhaseRows[] = [];
  for (let row = 0; row < strideY; row++) {
    for (let column = 0; column < strideX; column++) {
      // Output y = i·stride + row takes tap ky of input i + (row + pad − ky·dilation)/stride, if that is an integer.
      const rows = tapRows(layer.input.shape[1]! / layer.groups, window, (ky, kx) => ({
        dy: (row + window.pads[0] - ky * window.dilations[0]) / strideY,
        dx: (column + window.pads[1] - kx * window.dilations[1]) / strideX,
      }));
      phases.push({ row, column, rows });
    }
  }
  multiply(step, { ...layer, stride: [1, 1], scale: window.strides, phases });
}

/** A row for every tap of every channel whose offsets are integers. */
function tapRows(
  channels: number,
  { kernel }: Window,
  offset: (ky: number, kx: number) => { readonly dy: number; readonly dx: number },
): TapRow[] {
  const rows: TapRow[] = [];
  for (let channel = 0; channel < channels; channel++) {
    for (let ky = 0; ky < kernel[0]; ky++) {
      for (let kx = 0; kx < kernel[1]; kx++) {
        const { dy, dx } = offset(ky, kx);
        if (Number.isInteger(dy) && Number.isInteger(dx)) rows.push({ channel, tap: ky * kernel[1] + kx, dy, dx });
      }
    }
  }
  return rows;
}

function multiply(step: GpuStep, product: Product): void {
  const { groups, input, output, stride, scale, epilogue } = product;
  const [batch, channels, height, width] = input.shape as unknown as Shape4;
  const [, outChannels, outHeight, outWidth] = output.shape as unknown as Shape4;
  if (Math.max(height, width) >= 0x8000) {
    throw new SalientError('unsupported', `convolution of ${height}×${width} pixels: WebGPU takes fewer than 32768`);
  }
  const rows = outChannels / groups;
  const grid = [Math.ceil(outHeight / scale[0]), Math.ceil(outWidth / scale[1])] as const;
  const pixels = batch * grid[0] * grid[1];
  const longest = Math.max(...product.phases.map((phase) => phase.rows.length));
  const tile = chooseTile(rows, pixels, longest, step.limits);
  const padded = product.phases.map((phase) => ({ ...phase, rows: padRows(phase.rows, tile.k) }));
  const all = padded.flatMap((phase) => phase.rows);
  const mTiles = Math.ceil(rows / tile.m);
  const nTiles = Math.ceil(pixels / tile.n);
  const splits = chooseSplits(mTiles * nTiles * padded.length * groups, longest, tile);
  const layout = outputLayout(product);
  const target = splits > 1 ? step.scratch([splits, ...output.shape], 'partial sums') : output;
  const own = splits > 1 ? NO_EPILOGUE : epilogue;
  const narrow = isNarrow(tile);
  step.dispatch(narrow ? 'conv-narrow' : 'conv', {
    constants: {
      BATCH: batch,
      CHANNELS: channels,
      GROUP_IN: channels / groups,
      H: height,
      W: width,
      ROWS: rows,
      OUT_H: outHeight,
      OUT_W: outWidth,
      GRID_H: grid[0],
      GRID_W: grid[1],
      STRIDE_Y: stride[0],
      STRIDE_X: stride[1],
      SCALE_Y: scale[0],
      SCALE_X: scale[1],
      PHASES: padded.length,
      SPLITS: splits,
      DEPTH: all.length,
      TILE_M: tile.m,
      TILE_N: tile.n,
      TILE_K: tile.k,
      REG_M4: tile.registersM / 4,
      REG_N: tile.registersN,
      REGISTERS: (tile.registersM / 4) * tile.registersN,
      ...(narrow ? {} : { THREADS: invocations(tile) }),
      ...epilogueConstants(own, layout),
    },
    bindings: {
      input,
      weights: mappedWeights(step, product, all, mTiles * tile.m),
      taps: step.table(tapTable(all, height, width)),
      phases: step.table(phaseTable(padded)),
      output: target,
      ...epilogueBindings(step, own),
    },
    workgroups: [Math.min(nTiles, 65535), Math.ceil(nTiles / 65535), mTiles * splits * padded.length * groups],
  });
  if (splits > 1) sumSplits(step, target, splits, output, outChannels, epilogue, layout);
}

/** Fills up to whole steps of the tile. */
function padRows(rows: readonly TapRow[], step: number): TapRow[] {
  const missing = (step - (rows.length % step)) % step;
  return [...rows, ...new Array<TapRow>(missing).fill(PADDING)];
}

/** Offset in the input, and dy·2¹⁶ + dx, of each row. */
function tapTable(rows: readonly TapRow[], height: number, width: number): Int32Array {
  const table = new Int32Array(2 * rows.length);
  for (const [index, { channel, dy, dx }] of rows.entries()) {
    table[2 * index] = channel * height * width + dy * width + dx;
    table[2 * index + 1] = (dy << 16) | (dx & 0xffff);
  }
  return table;
}

/** First row, end row, first output y and x of each phase. */
function phaseTable(phases: readonly PhaseRows[]): Uint32Array {
  let first = 0;
  return Uint32Array.from(
    phases.flatMap(({ row, column, rows }) => {
      const start = first;
      first += rows.length;
      return [start, first, row, column];
    }),
  );
}
