import { elementCount } from '../../tensor/tensor.ts';
import { flatWorkgroups, type GpuSlab, type GpuStep, type GpuTensor } from '../../tensor/webgpu/step.ts';
import { dispatchQuotient } from '../quotient/webgpu.ts';
import { inputParts, isPlain, mapTable, outputParts, type WeightMaps } from '../shared/maps.ts';
import {
  type Epilogue,
  epilogueBindings,
  epilogueConstants,
  isFusible,
  NO_EPILOGUE,
  stackedBias,
  sumSplits,
} from '../shared/webgpu-epilogue.ts';
import { chooseProductTile, chooseSplits, productConstants } from '../shared/webgpu-tiles.ts';
import { type DenseAttributes, type DenseTransposeAttributes, denseExtents } from './attributes.ts';

/** Samples whose products share one reading of the weights without tiles; more of them are a matrix product. */
const MOST_SAMPLES = 8;
/** Invocations that keep a large GPU busy, and the fewest rows that one of them should add. */
const ENOUGH_INVOCATIONS = 1 << 16;
const LEAST_ROWS = 32;
/** Rows or columns that share one reading of the input, and the most sums that fit an invocation. */
const TOGETHER = 4;
const MOST_SUMS = 32;

/** A dense layer in either direction as the shaders compute it. */
interface Product {
  /** Whether the sums run over the layer's outputs. */
  readonly transposed: boolean;
  readonly maps: WeightMaps;
  readonly input: GpuTensor;
  readonly weights: GpuTensor;
  readonly output: GpuTensor;
  readonly samples: number;
  /** Results of one sample. */
  readonly width: number;
  /** Parts of the results and of the input. */
  readonly parts: number;
  readonly inParts: number;
  readonly epilogue: Epilogue;
}

export function dispatchDense(step: GpuStep, attributes: DenseAttributes): void {
  const [input, weights] = step.inputs as [GpuTensor, GpuTensor];
  const [output] = step.outputs as [GpuTensor];
  const { layout, maps, epilogue: kind } = attributes;
  const bias = attributes.bias ? stackedBias(step, step.inputs[2]!, maps, 1) : undefined;
  const fused = isFusible(kind);
  const other = typeof kind === 'object' ? step.inputs.at(-1) : undefined;
  const samples = elementCount(input.shape.slice(0, -1));
  const width = denseExtents(weights.shape, layout)[0] * outputParts(maps);
  const z = fused ? output : step.scratch(output.shape, 'z');
  const product: Product = {
    transposed: false,
    maps,
    input,
    weights,
    output: z,
    samples,
    width,
    parts: outputParts(maps),
    inParts: inputParts(maps),
    epilogue: fused ? { kind, bias, other } : { kind: 'none', bias },
  };
  multiply(step, product, layout === 'oi');
  if (!fused && typeof kind === 'object') {
    const rows = (tensor: GpuTensor, columns: number): GpuTensor => ({ ...tensor, shape: [samples, columns] });
    const plain = rows(other!, width / outputParts(maps));
    dispatchQuotient(step, plain, rows(z, width), rows(output, width), { ...kind, groups: 1 });
  }
}

export function dispatchDenseTranspose(step: GpuStep, attributes: DenseTransposeAttributes): void {
  const [input, weights, other] = step.inputs as [GpuTensor, GpuTensor, GpuTensor?];
  const { layout, maps, product } = attributes;
  const transposed: Product = {
    transposed: true,
    maps,
    input,
    weights,
    output: step.outputs[0]!,
    samples: elementCount(input.shape.slice(0, -1)),
    width: denseExtents(weights.shape, layout)[1] * inputParts(maps),
    parts: inputParts(maps),
    inParts: outputParts(maps),
    epilogue: product ? { kind: 'product', other } : NO_EPILOGUE,
  };
  multiply(step, transposed, layout === 'io');
}

/** Sums along the rows of the weights in memory, or down their columns. */
function multiply(step: GpuStep, product: Product, along: boolean): void {
  if (product.samples > MOST_SAMPLES) matrixProduct(step, product, along);
  else if (along) alongRows(step, product);
  else downColumns(step, product);
}

/** Every result is the sum along one row of the weights. */
function alongRows(step: GpuStep, product: Product): void {
  const { weights, input, output, epilogue, samples } = product;
  const [total, columns] = weights.shape as [number, number];
  const rowsEach = together(product.parts * samples);
  for (const slab of step.slabs(weights)) {
    step.dispatch('gemv-rows', {
      constants: {
        ROWS: slab.rows,
        COLUMNS: columns,
        FIRST: slab.first,
        TOTAL: total,
        SAMPLES: samples,
        X_PARTS: product.inParts,
        PLAIN: isPlain(product.maps),
        ROWS_EACH: rowsEach,
        SUMS: rowsEach * product.parts * samples,
        TRANSPOSED: product.transposed,
        ...epilogueConstants(epilogue, epilogueLayout(product)),
      },
      bindings: {
        weights: slab,
        x: input,
        maps: step.table(mapTable(product.maps)),
        output,
        ...epilogueBindings(step, epilogue),
      },
      workgroups: flatWorkgroups(slab.rows, rowsEach),
    });
  }
}

/** Every result is the sum down one column of the weights: in splits, so that enough invocations share the work. */
function downColumns(step: GpuStep, product: Product): void {
  const { weights, samples, parts } = product;
  const [total, columns] = weights.shape as [number, number];
  const columnsEach = together(parts * samples);
  const splitsOf = ({ rows }: GpuSlab) =>
    Math.max(1, Math.min(Math.ceil((ENOUGH_INVOCATIONS * TOGETHER) / columns), Math.floor(rows / LEAST_ROWS), 65535));
  inSplits(step, product, false, splitsOf, (slab, splits, firstSplit, partial) => {
    step.dispatch('gemv-columns', {
      constants: {
        ROWS: slab.rows,
        COLUMNS: columns,
        FIRST: slab.first,
        TOTAL: total,
        SAMPLES: samples,
        PARTS: parts,
        X_PARTS: product.inParts,
        FIRST_SPLIT: firstSplit,
        SPLITS: splits,
        PLAIN: isPlain(product.maps),
        COLUMNS_EACH: columnsEach,
        SUMS: columnsEach * parts * samples,
        TRANSPOSED: product.transposed,
      },
      bindings: { weights: slab, x: product.input, maps: step.table(mapTable(product.maps)), output: partial },
      workgroups: [Math.ceil(columns / (64 * columnsEach)), splits, 1],
    });
  });
}

/** Many samples: each weight is read once for a whole tile of them. */
function matrixProduct(step: GpuStep, product: Product, along: boolean): void {
  const { weights, samples, parts } = product;
  const [total, columns] = weights.shape as [number, number];
  const extents = ({ rows, first }: GpuSlab) =>
    along
      ? { WIDTH: rows, DEPTH: columns, X_TOTAL: columns, X_FIRST: 0, OUT_TOTAL: total, OUT_FIRST: first }
      : { WIDTH: columns, DEPTH: rows, X_TOTAL: total, X_FIRST: first, OUT_TOTAL: columns, OUT_FIRST: 0 };
  const tileOf = (slab: GpuSlab) => chooseProductTile(extents(slab).WIDTH, samples, step.limits);
  const tilesOf = (slab: GpuSlab): [number, number] => {
    const { m, n } = tileOf(slab);
    return [Math.ceil(extents(slab).WIDTH / m) * parts, Math.ceil(samples / n)];
  };
  const splitsOf = (slab: GpuSlab) => {
    const [across, down] = tilesOf(slab);
    return chooseSplits(across * down, extents(slab).DEPTH, tileOf(slab));
  };
  inSplits(step, product, along, splitsOf, (slab, splits, firstSplit, partial) => {
    const tile = tileOf(slab);
    step.dispatch('gemm', {
      constants: {
        ...extents(slab),
        WIDTH_STRIDE: along ? columns : 1,
        DEPTH_STRIDE: along ? 1 : columns,
        BATCH: samples,
        PARTS: parts,
        X_PARTS: product.inParts,
        FIRST_SPLIT: firstSplit,
        SPLITS: splits,
        PLAIN: isPlain(product.maps),
        TRANSPOSED: product.transposed,
        ...productConstants(tile),
      },
      bindings: { weights: slab, x: product.input, maps: step.table(mapTable(product.maps)), output: partial },
      workgroups: [...tilesOf(slab), splits],
    });
  });
}

/**
 * Partial sums over every slab of the weights, then their sum. Slabs whose sums run along their rows hold results of
 * their own, and all have the splits of the first; otherwise each adds splits of its own to the same results. The
 * second pass also finishes results that one split made: they are few beside the weights.
 */
function inSplits(
  step: GpuStep,
  product: Product,
  along: boolean,
  splitsOf: (slab: GpuSlab) => number,
  dispatch: (slab: GpuSlab, splits: number, firstSplit: number, partial: GpuTensor) => void,
): void {
  const slabs = step.slabs(product.weights);
  const splits = slabs.map((slab) => splitsOf(along ? slabs[0]! : slab));
  const firsts = splits.map((_, slab) => (along ? 0 : splits.slice(0, slab).reduce((sum, count) => sum + count, 0)));
  const all = firsts.at(-1)! + splits.at(-1)!;
  const partial = step.scratch([all, product.samples, product.width], 'partial sums');
  for (const [index, slab] of slabs.entries()) dispatch(slab, splits[index]!, firsts[index]!, partial);
  sumSplits(step, { tensor: partial, splits: all }, product.output, product.epilogue, epilogueLayout(product));
}

/** Rows or columns of an invocation that has so many sums for each. */
function together(sums: number): number {
  return Math.max(1, Math.min(TOGETHER, Math.floor(MOST_SUMS / sums)));
}

function epilogueLayout({ parts, width }: Product) {
  return { parts, groups: 1, groupChannels: width / parts, plane: 1 };
}
