import { elementCount } from '../../tensor/tensor.ts';
import { flatWorkgroups, type GpuStep, type GpuTensor } from '../../tensor/webgpu/step.ts';
import { type DenseAttributes, type DenseTransposeAttributes, denseExtents } from '../dense.ts';
import { inputParts, isPlain, outputParts, type WeightMaps } from '../maps.ts';
import {
  type Epilogue,
  epilogueBindings,
  epilogueConstants,
  isFusible,
  mapTable,
  NO_EPILOGUE,
  stackedBias,
  sumSplits,
} from './epilogue.ts';
import { dispatchQuotient } from './quotient.ts';

/** Samples that share one reading of the weights. */
const SAMPLES_PER_PASS = 8;
/** Invocations that keep a large GPU busy, and the fewest rows that one of them should add. */
const ENOUGH_INVOCATIONS = 1 << 16;
const LEAST_ROWS = 32;
/** Rows or columns that share one reading of the input, and the most sums that fit an invocation. */
const TOGETHER = 4;
const MOST_SUMS = 32;

/** A dense layer in either direction as the gemv shaders compute it. */
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
  if (layout === 'oi') alongRows(step, product);
  else downColumns(step, product);
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
  if (layout === 'oi') downColumns(step, transposed);
  else alongRows(step, transposed);
}

/** Every result is the sum along one row of the weights. */
function alongRows(step: GpuStep, product: Product): void {
  const { weights, input, output, epilogue } = product;
  const [total, columns] = weights.shape as [number, number];
  for (const slab of step.slabs(weights)) {
    for (const [first, samples] of passes(product.samples)) {
      const rowsEach = together(product.parts * samples);
      step.dispatch('gemv-rows', {
        constants: {
          ROWS: slab.rows,
          COLUMNS: columns,
          FIRST: slab.first,
          TOTAL: total,
          FIRST_SAMPLE: first,
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
          maps: mapTable(step, product.maps),
          output,
          ...epilogueBindings(step, epilogue),
        },
        workgroups: flatWorkgroups(slab.rows, rowsEach),
      });
    }
  }
}

/** Every result is the sum down one column of the weights: in splits, so that enough invocations share the work. */
function downColumns(step: GpuStep, product: Product): void {
  const { weights, input, output, samples: batch, parts } = product;
  const [total, columns] = weights.shape as [number, number];
  const slabs = step.slabs(weights);
  const splitsOf = (rows: number) =>
    Math.max(1, Math.min(Math.ceil((ENOUGH_INVOCATIONS * TOGETHER) / columns), Math.floor(rows / LEAST_ROWS)));
  const splits = slabs.map(({ rows }) => splitsOf(rows));
  const all = splits.reduce((sum, count) => sum + count, 0);
  const partial = step.scratch([all, batch, parts * columns], 'partial sums');
  let firstSplit = 0;
  for (const [index, slab] of slabs.entries()) {
    for (const [first, samples] of passes(batch)) {
      const columnsEach = together(parts * samples);
      step.dispatch('gemv-columns', {
        constants: {
          ROWS: slab.rows,
          COLUMNS: columns,
          FIRST: slab.first,
          TOTAL: total,
          BATCH: batch,
          FIRST_SAMPLE: first,
          SAMPLES: samples,
          PARTS: parts,
          X_PARTS: product.inParts,
          FIRST_SPLIT: firstSplit,
          SPLITS: splits[index]!,
          PLAIN: isPlain(product.maps),
          COLUMNS_EACH: columnsEach,
          SUMS: columnsEach * parts * samples,
          TRANSPOSED: product.transposed,
        },
        bindings: { weights: slab, x: input, maps: mapTable(step, product.maps), output: partial },
        workgroups: [Math.ceil(columns / (64 * columnsEach)), splits[index]!, 1],
      });
    }
    firstSplit += splits[index]!;
  }
  sumSplits(step, partial, all, output, product.width, product.epilogue, epilogueLayout(product));
}

/** Rows or columns of an invocation that has so many sums for each. */
function together(sums: number): number {
  return Math.max(1, Math.min(TOGETHER, Math.floor(MOST_SUMS / sums)));
}

function epilogueLayout({ parts, width }: Product) {
  return { parts, groups: 1, groupChannels: width / parts, plane: 1 };
}

/** The batch in chunks: first sample and count. */
function passes(batch: number): [first: number, samples: number][] {
  const chunks = Math.ceil(batch / SAMPLES_PER_PASS);
  return Array.from({ length: chunks }, (_, i) => {
    const first = i * SAMPLES_PER_PASS;
    return [first, Math.min(SAMPLES_PER_PASS, batch - first)];
  });
}
