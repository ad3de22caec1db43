import { toFloat32 } from '../../tensor/source.ts';
import { elementCount } from '../../tensor/tensor.ts';
import type { Address, WasmStep } from '../../tensor/wasm/step.ts';
import { planQuotient } from '../quotient/wasm.ts';
import type { LayerEpilogue } from '../shared/epilogue.ts';
import { inputParts, isPlain, mapBias, mapTable, outputParts, transposeMaps, type WeightMaps } from '../shared/maps.ts';
import type { DenseAttributes, DenseTransposeAttributes } from './attributes.ts';

/** Columns of an item, mostly all: memory gives whole rows much faster than pieces of them. */
const COLUMNS_PER_ITEM = 32768;
const ROWS_PER_ITEM = 16;
const CHUNK = 4096;
/** Enough items that all threads finish at about the same time. */
const ENOUGH_ITEMS = 32;

/** Plans a dense layer; false where its bias is no constant. */
export function planDense(step: WasmStep, { layout, maps, bias, epilogue }: DenseAttributes): boolean {
  const source = bias ? step.source(2) : undefined;
  if (bias && source === undefined) return false;
  const samples = elementCount(step.inputs[0]!.slice(0, -1));
  const width = step.outputs[0]!.at(-1)!;
  const numbers = source && mapBias({ shape: source.shape, data: toFloat32(source) }, maps, 1);
  const output = step.output(0);
  const finish = {
    bias: numbers && step.table(Float32Array.from(numbers)),
    relu: typeof epilogue === 'string' && IS_RELU[epilogue],
    samples,
    width,
    output,
  };
  planProducts(step, layout === 'oi' ? 'along rows' : 'along columns', maps, samples, finish);
  if (typeof epilogue === 'object') {
    const relevance = step.input(step.inputs.length - 1);
    const places = { relevance, z: output, output, batch: samples, count: width / outputParts(maps) };
    planQuotient(step, { ...epilogue, groups: 1 }, places);
  }
  return true;
}

export function planDenseTranspose(step: WasmStep, { layout, maps, product }: DenseTransposeAttributes): boolean {
  const samples = elementCount(step.inputs[0]!.slice(0, -1));
  planProducts(step, layout === 'oi' ? 'along columns' : 'along rows', transposeMaps(maps), samples, {
    operand: product ? step.input(2) : undefined,
    samples,
    width: step.outputs[0]!.at(-1)!,
    output: step.output(0),
  });
  return true;
}

interface Finish {
  readonly bias?: Address | undefined;
  readonly operand?: Address | undefined;
  readonly relu?: boolean;
  readonly samples: number;
  readonly width: number;
  readonly output: Address;
}

/** Products of input 0 with the weights (input 1) along their rows or their columns, then what follows them. */
function planProducts(
  step: WasmStep,
  direction: 'along rows' | 'along columns',
  maps: WeightMaps,
  samples: number,
  { bias, operand, relu, width, output }: Finish,
): void {
  const [rows, columns] = step.inputs[1] as readonly [number, number];
  const [x, weights] = [step.input(0), step.input(1)];
  const shape = [Number(isPlain(maps)), outputParts(maps), inputParts(maps), samples, rows, columns];
  const table = step.table(mapTable(maps));
  let sums = output;
  let blocks = 1;
  if (direction === 'along rows') {
    step.task('denseRows', Math.ceil(rows / ROWS_PER_ITEM), [
      ...[weights, x, output, table, ...shape, ROWS_PER_ITEM, columns],
    ]);
  } else {
    const ranges = Math.ceil(columns / COLUMNS_PER_ITEM);
    const rowsPerItem = Math.max(64, Math.ceil(rows / Math.ceil(ENOUGH_ITEMS / ranges) / 4) * 4);
    blocks = Math.ceil(rows / rowsPerItem);
    sums = step.scratch(4 * blocks * samples * width);
    step.task('denseColumns', blocks * ranges, [...[weights, x, sums, table, ...shape, rowsPerItem, COLUMNS_PER_ITEM]]);
  }
  if (blocks === 1 && sums === output && bias === undefined && operand === undefined && !relu) return;
  step.task('finishDense', samples * Math.ceil(width / CHUNK), [
    ...[sums, output, bias ?? 0, operand ?? 0, Number(relu ?? false), blocks, samples, width, CHUNK],
  ]);
}

const IS_RELU: Readonly<Record<Exclude<LayerEpilogue, object>, boolean>> = { none: false, relu: true };
