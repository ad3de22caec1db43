import { SalientError } from '../../error.ts';
import type { GpuStep, GpuTensor } from '../../tensor/webgpu/step.ts';
import type { Window } from '../../tensor/window.ts';
import type { ConvAttributes, ConvTransposeAttributes } from '../conv.ts';
import { epilogueBindings, epilogueConstants, isFusible, NO_EPILOGUE, stackedBias, sumSplits } from './epilogue.ts';
import { type Layer, mappedWeights, outputLayout, type Shape4, type WeightRow } from './layer.ts';
import { dispatchQuotient } from './quotient.ts';
import { chooseSplits, chooseTile, invocations, isNarrow } from './tiles.ts';
import { CHUNK_BYTES, dispatchWinograd, usesWinograd } from './winograd.ts';

/** One row of the matrix product: the channel of a group that is read (−1 for padding), and where, from the output's own place. */
interface Read {
  readonly channel: number;
  readonly dy: number;
  readonly dx: number;
}

/**
 * Outputs that are made together: at each point (i, j) of a grid, the places (row + i·scale + v, column + j·scale + u),
 * one or all of a scale×scale square (v, u).
 */
interface Phase {
  readonly row: number;
  readonly column: number;
  readonly reads: readonly Read[];
  /** For each place, the weight of each read. */
  readonly places: readonly (readonly WeightRow[])[];
}

/** A layer as `conv.wgsl` computes it. */
interface Product extends Layer {
  /** Steps of the input from one point of the grid to the next, and of the output. */
  readonly stride: readonly [number, number];
  readonly scale: readonly [number, number];
  readonly grid: readonly [number, number];
  /** All of equally many places. */
  readonly phases: readonly Phase[];
}

/** Outside of every image, and so 0. */
const NO_READ: Read = { channel: -1, dy: -0x8000, dx: 0 };
const NO_WEIGHT: WeightRow = { channel: -1, tap: 0 };
/** How many times the multiply-adds all places together may take, which read the input once instead of once a place. */
const MERGED_COST = 1.5;

/** Plans a convolution. */
export function dispatchConv(step: GpuStep, attributes: ConvAttributes, chunkBytes = CHUNK_BYTES): void {
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
  if (usesWinograd(step, layer, window, attributes.algorithm)) dispatchWinograd(step, layer, window, chunkBytes);
  else dispatchDirect(step, layer, window);
  if (!fused && typeof kind === 'object') dispatchQuotient(step, other!, z, output, { ...kind, groups });
}

function dispatchDirect(step: GpuStep, layer: Layer, window: Window): void {
  const [, , height, width] = layer.output.shape as unknown as Shape4;
  const phase = phaseOf(0, 0, layer.input.shape[1]! / layer.groups, window, (ky, kx) => ({
    dy: ky * window.dilations[0] - window.pads[0],
    dx: kx * window.dilations[1] - window.pads[1],
  }));
  multiply(step, { ...layer, stride: window.strides, scale: [1, 1], grid: [height, width], phases: [phase] });
}

/** Plans a transposed convolution. */
export function dispatchConvTranspose(
  step: GpuStep,
  attributes: ConvTransposeAttributes,
  chunkBytes = CHUNK_BYTES,
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
  if (usesWinograd(step, layer, window, attributes.algorithm)) dispatchWinograd(step, layer, window, chunkBytes);
  else dispatchDirectTranspose(step, layer, window);
}

/** A strided one place by place (Dumoulin and Visin 2016), or all places at once where that takes few more zeros. */
function dispatchDirectTranspose(step: GpuStep, layer: Layer, window: Window): void {
  const separate = separatePlaces(layer, window);
  const merged = mergedPlaces(layer, window);
  const cost = (product: Product) => {
    const { tile, rows, pixels, depth } = shapeOf(step, product);
    return product.phases.length * Math.ceil(rows / tile.m) * tile.m * pixels * depth;
  };
  const strided = window.strides.some((stride) => stride > 1);
  multiply(step, strided && cost(merged) <= MERGED_COST * cost(separate) ? merged : separate);
}

function separatePlaces(layer: Layer, { kernel, strides, dilations, pads }: Window): Product {
  const [, , height, width] = layer.output.shape as unknown as Shape4;
  const phases: Phase[] = [];
  for (let row = 0; row < strides[0]; row++) {
    for (let column = 0; column < strides[1]; column++) {
      // Output y = i·stride + row takes tap ky of input i + (row + pad − ky·dilation)/stride, if that is an integer.
      const phase = phaseOf(row, column, layer.input.shape[1]! / layer.groups, { kernel }, (ky, kx) => ({
        dy: (row + pads[0] - ky * dilations[0]) / strides[0],
        dx: (column + pads[1] - kx * dilations[1]) / strides[1],
      }));
      phases.push(phase);
    }
  }
  const grid = [Math.ceil(height / strides[0]), Math.ceil(width / strides[1])] as const;
  return { ...layer, stride: [1, 1], scale: strides, grid, phases };
}

/** Place v of output y = i·stride + v − pad takes tap ky = (v + stride·t)/dilation of input i − t. */
function mergedPlaces(layer: Layer, { kernel, strides, dilations, pads }: Window): Product {
  const [, , height, width] = layer.output.shape as unknown as Shape4;
  const channels = layer.input.shape[1]! / layer.groups;
  const steps = ([0, 1] as const).map((axis) => {
    const all = Array.from({ length: kernel[axis] }, (_, k) => Math.floor((k * dilations[axis]) / strides[axis]));
    return [...new Set(all)];
  }) as [number[], number[]];
  const tapAt = (axis: 0 | 1, place: number, t: number) => {
    const k = (place + strides[axis] * t) / dilations[axis];
    return Number.isInteger(k) && k < kernel[axis] ? k : -1;
  };
  const reads: Read[] = [];
  const places = Array.from({ length: strides[0] * strides[1] }, (): WeightRow[] => []);
  for (let channel = 0; channel < channels; channel++) {
    for (const ty of steps[0]) {
      for (const tx of steps[1]) {
        reads.push({ channel, dy: -ty, dx: -tx });
        for (const [index, weights] of places.entries()) {
          const ky = tapAt(0, Math.floor(index / strides[1]), ty);
          const kx = tapAt(1, index % strides[1], tx);
          weights.push(ky < 0 || kx < 0 ? NO_WEIGHT : { channel, tap: ky * kernel[1] + kx });
        }
      }
    }
  }
  const grid = [Math.ceil((height + pads[0]) / strides[0]), Math.ceil((width + pads[1]) / strides[1])] as const;
  const phase = { row: -pads[0], column: -pads[1], reads, places };
  return { ...layer, stride: [1, 1], scale: strides, grid, phases: [phase] };
}

/** One place, with a read for every tap of every channel whose offsets are integers. */
function phaseOf(
  row: number,
  column: number,
  channels: number,
  { kernel }: Pick<Window, 'kernel'>,
  offset: (ky: number, kx: number) => { readonly dy: number; readonly dx: number },
): Phase {
  const rows: (Read & WeightRow)[] = [];
  for (let channel = 0; channel < channels; channel++) {
    for (let ky = 0; ky < kernel[0]; ky++) {
      for (let kx = 0; kx < kernel[1]; kx++) {
        const { dy, dx } = offset(ky, kx);
        if (Number.isInteger(dy) && Number.isInteger(dx)) rows.push({ channel, tap: ky * kernel[1] + kx, dy, dx });
      }
    }
  }
  return { row, column, reads: rows, places: [rows] };
}

/** A product's rows, columns and depth, and the tile for it. */
function shapeOf(step: GpuStep, { groups, input, output, grid, phases }: Product) {
  const rows = (output.shape[1]! / groups) * phases[0]!.places.length;
  const pixels = input.shape[0]! * grid[0] * grid[1];
  const depth = Math.max(...phases.map(({ reads }) => reads.length));
  return { rows, pixels, depth, tile: chooseTile(rows, pixels, depth, step.limits) };
}

function multiply(step: GpuStep, product: Product): void {
  const { groups, input, output, stride, scale, grid, epilogue } = product;
  const [batch, channels, height, width] = input.shape as unknown as Shape4;
  const [, outChannels, outHeight, outWidth] = output.shape as unknown as Shape4;
  if (Math.max(height, width) >= 0x8000) {
    throw new SalientError('unsupported', `convolution of ${height}×${width} pixels: WebGPU takes fewer than 32768`);
  }
  const { rows, pixels, depth, tile } = shapeOf(step, product);
  const phases = product.phases.map((phase) => padPhase(phase, tile.k));
  const mTiles = Math.ceil(rows / tile.m);
  const nTiles = Math.ceil(pixels / tile.n);
  const splits = chooseSplits(mTiles * nTiles * phases.length * groups, depth, tile);
  const reads = phases.flatMap((phase) => phase.reads);
  // Only a phase of its own has several places.
  const places = phases.length > 1 ? [phases.flatMap((phase) => phase.places[0]!)] : phases[0]!.places;
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
      ROWS: outChannels / groups,
      PLACES: places.length,
      OUT_H: outHeight,
      OUT_W: outWidth,
      GRID_H: grid[0],
      GRID_W: grid[1],
      STRIDE_Y: stride[0],
      STRIDE_X: stride[1],
      SCALE_Y: scale[0],
      SCALE_X: scale[1],
      PHASES: phases.length,
      SPLITS: splits,
      DEPTH: reads.length,
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
      weights: mappedWeights(step, product, places, mTiles * tile.m),
      taps: step.table(tapTable(reads, height, width)),
      phases: step.table(phaseTable(phases)),
      output: target,
      ...epilogueBindings(step, own),
    },
    workgroups: [Math.min(nTiles, 65535), Math.ceil(nTiles / 65535), mTiles * splits * phases.length * groups],
  });
  if (splits > 1) sumSplits(step, target, splits, output, outChannels, epilogue, layout);
}

/** Fills up to whole steps of the tile. */
function padPhase({ reads, places, ...phase }: Phase, step: number): Phase {
  const missing = (step - (reads.length % step)) % step;
  return {
    ...phase,
    reads: [...reads, ...new Array<Read>(missing).fill(NO_READ)],
    places: places.map((weights) => [...weights, ...new Array<WeightRow>(missing).fill(NO_WEIGHT)]),
  };
}

/** Offset in the input, and dy·2¹⁶ + dx, of each read. */
function tapTable(reads: readonly Read[], height: number, width: number): Int32Array {
  const table = new Int32Array(2 * reads.length);
  for (const [index, { channel, dy, dx }] of reads.entries()) {
    table[2 * index] = channel * height * width + dy * width + dx;
    table[2 * index + 1] = (dy << 16) | (dx & 0xffff);
  }
  return table;
}

/** First row, end row, first output y and x of each phase. */
function phaseTable(phases: readonly Phase[]): Int32Array {
  let first = 0;
  return Int32Array.from(
    phases.flatMap(({ row, column, reads }) => {
      const start = first;
      first += reads.length;
      return [start, first, row, column];
    }),
  );
}
