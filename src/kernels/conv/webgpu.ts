import { SalientError } from '../../error.ts';
import { flatWorkgroups, type GpuStep, type GpuTensor } from '../../tensor/webgpu/step.ts';
import type { Window } from '../../tensor/window.ts';
import { dispatchQuotient } from '../quotient/webgpu.ts';
import { outputParts, type WeightMaps } from '../shared/maps.ts';
import {
  type Epilogue,
  epilogueBindings,
  epilogueConstants,
  isFusible,
  NO_EPILOGUE,
  type PartialSums,
  stackedBias,
  sumSplits,
} from '../shared/webgpu-epilogue.ts';
import { chooseSplits, chooseTile, invocations, isNarrow } from '../shared/webgpu-tiles.ts';
import type { ConvAttributes, ConvTransposeAttributes } from './attributes.ts';
import { hasSmallGroups } from './grouped.ts';
import { type Layer, mappedWeights, outputLayout, type Shape4, type Sums, type WeightRow } from './webgpu-layer.ts';
import { chunkBytesOf, dispatchWinograd, usesWinograd } from './webgpu-winograd.ts';

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
interface Product extends Sums {
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
export function dispatchConv(step: GpuStep, attributes: ConvAttributes, chunkBytes = chunkBytesOf(step)): void {
  withEpilogue(step, attributes, (layer) => {
    const { window, algorithm } = attributes;
    if (usesWinograd(step, layer, window, algorithm)) dispatchWinograd(step, layer, window, chunkBytes);
    else multiply(step, windowProduct(layer, window), layer);
  });
}

/** Has z (or, where the epilogue is fused, the result) computed by `compute`, and does what the epilogue still asks for. */
function withEpilogue(step: GpuStep, attributes: ConvAttributes, compute: (layer: Layer) => void): void {
  const [input, weights] = step.inputs as [GpuTensor, GpuTensor];
  const [output] = step.outputs as [GpuTensor];
  const { groups, maps, epilogue: kind } = attributes;
  const bias = attributes.bias ? stackedBias(step, step.inputs[2]!, maps, groups) : undefined;
  const fused = isFusible(kind);
  const z = fused ? output : step.scratch(output.shape, 'z');
  const other = typeof kind === 'object' ? step.inputs.at(-1) : undefined;
  compute({
    transposed: false,
    signed: attributes.signed === true,
    groups,
    maps,
    input,
    weights,
    shape: z.shape as unknown as Shape4,
    output: z,
    epilogue: fused ? { kind, bias, other } : { kind: 'none', bias },
  });
  if (!fused && typeof kind === 'object') dispatchQuotient(step, other!, z, output, { ...kind, groups });
}

/**
 * Plans a convolution and a later one of the same input by other maps of the same weights (a forward pass's z and a
 * rule's z⁺) as one product with the rows of both, which reads the input once. The later step finishes its own part of
 * the sums: what is returned does that.
 *
 * Only where the joint product is so small that its sums are split over workgroups, and so written out and added in a
 * second pass: of twice the rows, it needs fewer splits than two products. A larger one gains at most a twentieth
 * (bench/NOTES.md), and its second half would be kept from the forward pass to the way back. And only where the weights
 * of both fit into one buffer.
 */
export function dispatchTogether(
  step: GpuStep,
  attributes: ConvAttributes,
  later: ConvAttributes,
): ((later: GpuStep) => void) | undefined {
  const { window, groups } = attributes;
  const key = ({ window, algorithm }: ConvAttributes) => JSON.stringify([window, algorithm]);
  if (key(attributes) !== key(later)) return undefined;
  const [input, weights] = step.inputs as [GpuTensor, GpuTensor];
  const [batch, , height, width] = step.outputs[0]!.shape as unknown as Shape4;
  const sumsOf = (maps: WeightMaps): Sums => {
    const shape = [batch, weights.shape[0]! * outputParts(maps), height, width] as const;
    return { transposed: false, groups, maps, input, weights, shape };
  };
  const both = [attributes, later];
  if (both.some(({ maps, algorithm }) => usesWinograd(step, sumsOf(maps), window, algorithm))) return undefined;
  const maps = both.flatMap(({ maps }) => maps);
  const product = windowProduct(sumsOf(maps), window);
  const { tile, depth, mTiles, splits } = shapeOf(step, product);
  const weightBytes = 4 * groups * (depth + tile.k) * mTiles * tile.m;
  const { maxStorageBufferBindingSize, maxBufferSize } = step.limits;
  if (splits === 1 || weightBytes > Math.min(maxStorageBufferBindingSize, maxBufferSize)) return undefined;
  const partial = partialSums(step, product);
  const finish = (own: GpuStep, attributes: ConvAttributes, firstPart: number) =>
    withEpilogue(own, attributes, (layer) => {
      const stacked = { firstPart, allParts: maps.length };
      sumSplits(own, partial, layer.output, layer.epilogue, outputLayout(layer), stacked);
    });
  finish(step, attributes, 0);
  return (laterStep) => finish(laterStep, later, attributes.maps.length);
}

/** A convolution as one place at each point of the grid of its outputs. */
function windowProduct(sums: Sums, window: Window): Product {
  const [, , height, width] = sums.shape;
  const phase = phaseOf(0, 0, sums.input.shape[1]! / sums.groups, window, (ky, kx) => ({
    dy: ky * window.dilations[0] - window.pads[0],
    dx: kx * window.dilations[1] - window.pads[1],
  }));
  return { ...sums, stride: window.strides, scale: [1, 1], grid: [height, width], phases: [phase] };
}

/** Plans a transposed convolution. */
export function dispatchConvTranspose(
  step: GpuStep,
  attributes: ConvTransposeAttributes,
  chunkBytes = chunkBytesOf(step),
): void {
  const [input, weights, other] = step.inputs as [GpuTensor, GpuTensor, GpuTensor?];
  const { window, groups, maps, product } = attributes;
  const layer: Layer = {
    transposed: true,
    signed: false,
    groups,
    maps,
    input,
    weights,
    shape: step.outputs[0]!.shape as unknown as Shape4,
    output: step.outputs[0]!,
    epilogue: product ? { kind: 'product', other } : NO_EPILOGUE,
  };
  if (usesWinograd(step, layer, window, attributes.algorithm)) dispatchWinograd(step, layer, window, chunkBytes);
  else multiply(step, transposeProduct(step, layer, window), layer);
}

/** A strided one place by place (Dumoulin and Visin 2016), as small groups always are, or all places at once where that takes few more zeros. */
function transposeProduct(step: GpuStep, sums: Sums, window: Window): Product {
  const separate = separatePlaces(sums, window);
  if (isGrouped(separate)) return separate;
  const merged = mergedPlaces(sums, window);
  const cost = (product: Product) => {
    const { tile, rows, pixels, depth } = shapeOf(step, product);
    return product.phases.length * Math.ceil(rows / tile.m) * tile.m * pixels * depth;
  };
  const strided = window.strides.some((stride) => stride > 1);
  return strided && cost(merged) <= MERGED_COST * cost(separate) ? merged : separate;
}

function separatePlaces(sums: Sums, { kernel, strides, dilations, pads }: Window): Product {
  const [, , height, width] = sums.shape;
  const phases: Phase[] = [];
  for (let row = 0; row < strides[0]; row++) {
    for (let column = 0; column < strides[1]; column++) {
      // Output y = i·stride + row takes tap ky of input i + (row + pad − ky·dilation)/stride, if that is an integer.
      const phase = phaseOf(row, column, sums.input.shape[1]! / sums.groups, { kernel }, (ky, kx) => ({
        dy: (row + pads[0] - ky * dilations[0]) / strides[0],
        dx: (column + pads[1] - kx * dilations[1]) / strides[1],
      }));
      phases.push(phase);
    }
  }
  const grid = [Math.ceil(height / strides[0]), Math.ceil(width / strides[1])] as const;
  return { ...sums, stride: [1, 1], scale: strides, grid, phases };
}

/** Place v of output y = i·stride + v − pad takes tap ky = (v + stride·t)/dilation of input i − t. */
function mergedPlaces(sums: Sums, { kernel, strides, dilations, pads }: Window): Product {
  const [, , height, width] = sums.shape;
  const channels = sums.input.shape[1]! / sums.groups;
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
  return { ...sums, stride: [1, 1], scale: strides, grid, phases: [phase] };
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

/** A product's rows, columns, depth, and the tile for it; into how many parts its sums are split. */
function shapeOf(step: GpuStep, { groups, input, shape, grid, phases }: Product) {
  const rows = (shape[1] / groups) * phases[0]!.places.length;
  const pixels = input.shape[0]! * grid[0] * grid[1];
  const depth = Math.max(...phases.map(({ reads }) => reads.length));
  const tile = chooseTile(rows, pixels, depth, step.limits);
  const [mTiles, nTiles] = [Math.ceil(rows / tile.m), Math.ceil(pixels / tile.n)];
  const splits = chooseSplits(mTiles * nTiles * phases.length * groups, depth, tile);
  return { rows, pixels, depth, tile, mTiles, nTiles, splits };
}

/** Computes the sums of a product and finishes them. */
function multiply(step: GpuStep, product: Product, { output, epilogue }: Layer): void {
  const { splits } = shapeOf(step, product);
  if (splits === 1) dispatchProduct(step, product, output, epilogue);
  else sumSplits(step, partialSums(step, product), output, epilogue, outputLayout(product));
}

/** The sums of a product that is split, unfinished. */
function partialSums(step: GpuStep, product: Product): PartialSums {
  const { splits } = shapeOf(step, product);
  const tensor = step.scratch([splits, ...product.shape], 'partial sums');
  dispatchProduct(step, product, tensor, NO_EPILOGUE);
  return { tensor, splits };
}

/** Writes a product's results, finished, or its partial sums where they are split. */
function dispatchProduct(step: GpuStep, product: Product, output: GpuTensor, epilogue: Epilogue): void {
  const { groups, input, shape, stride, scale, grid } = product;
  const [batch, channels, height, width] = input.shape as unknown as Shape4;
  if (Math.max(height, width) >= 0x8000) {
    throw new SalientError('unsupported', `convolution of ${height}×${width} pixels: WebGPU takes fewer than 32768`);
  }
  if (isGrouped(product)) {
    dispatchGrouped(step, product, output, epilogue);
    return;
  }
  const { tile, mTiles, nTiles, splits } = shapeOf(step, product);
  const phases = product.phases.map((phase) => padPhase(phase, tile.k));
  const reads = phases.flatMap((phase) => phase.reads);
  // Only a phase of its own has several places.
  const places = phases.length > 1 ? [phases.flatMap((phase) => phase.places[0]!)] : phases[0]!.places;
  const narrow = isNarrow(tile);
  step.dispatch(narrow ? 'conv-narrow' : 'conv', {
    constants: {
      BATCH: batch,
      CHANNELS: channels,
      GROUP_IN: channels / groups,
      H: height,
      W: width,
      ROWS: shape[1] / groups,
      PLACES: places.length,
      OUT_H: shape[2],
      OUT_W: shape[3],
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
      ...epilogueConstants(epilogue, outputLayout(product)),
    },
    bindings: {
      input,
      weights: mappedWeights(step, product, places, mTiles * tile.m),
      taps: step.table(tapTable(reads, height, width)),
      phases: step.table(phaseTable(phases)),
      output,
      ...epilogueBindings(step, epilogue),
    },
    workgroups: [Math.min(nTiles, 65535), Math.ceil(nTiles / 65535), mTiles * splits * phases.length * groups],
  });
}

const isGrouped = ({ groups, input, shape, weights }: Sums) =>
  hasSmallGroups(groups, input.shape[1]! / groups, shape[1] / groups, [weights.shape[2]!, weights.shape[3]!]);

/** Each output as the sum of its own taps. */
function dispatchGrouped(step: GpuStep, product: Product, output: GpuTensor, epilogue: Epilogue): void {
  const { groups, input, shape, stride, scale, grid, phases } = product;
  const [batch, channels, height, width] = input.shape as unknown as Shape4;
  const rows = shape[1] / groups;
  const reads = phases.flatMap((phase) => phase.reads);
  const count = phases.length * batch * shape[1] * grid[0] * grid[1];
  step.dispatch('conv-grouped', {
    constants: {
      COUNT: count,
      BATCH: batch,
      GROUP_IN: channels / groups,
      H: height,
      W: width,
      ROWS: rows,
      OUT_H: shape[2],
      OUT_W: shape[3],
      GRID_H: grid[0],
      GRID_W: grid[1],
      STRIDE_Y: stride[0],
      STRIDE_X: stride[1],
      SCALE_Y: scale[0],
      SCALE_X: scale[1],
      DEPTH: reads.length,
      ...epilogueConstants(epilogue, outputLayout(product)),
    },
    bindings: {
      input,
      weights: mappedWeights(step, product, [phases.flatMap((phase) => phase.places[0]!)], rows),
      taps: step.table(tapTable(reads, height, width)),
      phases: step.table(phaseTable(phases)),
      output,
      ...epilogueBindings(step, epilogue),
    },
    workgroups: flatWorkgroups(count),
  });
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
