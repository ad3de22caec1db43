import type { TensorSource } from '../tensor/source.ts';

/**
 * How one axis is resampled (see `resample.ts`): for each output, the first input that it reads and the weights from
 * there on. All rows have equally many weights; zeros fill up, and no row reaches beyond the axis.
 */
export interface AxisTable {
  readonly inputs: number;
  readonly rows: readonly AxisRow[];
}

export interface AxisRow {
  readonly first: number;
  readonly weights: readonly number[];
}

/** Length of a side at a scale: max(1, ⌊n·s + ½⌋). */
export function scaledSide(side: number, scale: number): number {
  return Math.max(1, Math.floor(side * scale + 0.5));
}

/**
 * Resizing from `inputs` to `outputs` pixels with half-pixel centres: a triangle of half-width max(1, q), with
 * q = inputs/outputs, over the pixels that exist, divided by their sum. That is bilinear interpolation with clamped
 * edges when enlarging, and an antialiasing filter when shrinking.
 */
export function resizeTable(inputs: number, outputs: number): AxisTable {
  const ratio = inputs / outputs;
  const reach = Math.max(1, ratio);
  const rows: AxisRow[] = [];
  for (let i = 0; i < outputs; i++) {
    const centre = (i + 0.5) * ratio;
    const first = Math.max(0, Math.floor(centre - reach - 0.5) + 1);
    const end = Math.min(inputs, Math.ceil(centre + reach - 0.5));
    const weights: number[] = [];
    for (let j = first; j < end; j++) weights.push(Math.max(0, 1 - Math.abs(j + 0.5 - centre) / reach));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    rows.push({ first, weights: weights.map((weight) => weight / sum) });
  }
  return { inputs, rows };
}

/**
 * From a query grid to the pixels of the image: query g sits on pixel stride·g of the scaled image (`scaled` pixels
 * long), so pixel x of the image (`pixels` long) reads the grid at ((x+½)·scaled/pixels − ½)/stride, clamped to it.
 */
export function gridTable(queries: number, stride: number, scaled: number, pixels: number): AxisTable {
  const rows: AxisRow[] = [];
  for (let x = 0; x < pixels; x++) {
    const exact = ((x + 0.5) * (scaled / pixels) - 0.5) / stride;
    const position = Math.min(Math.max(exact, 0), queries - 1);
    const first = Math.min(Math.floor(position), Math.max(queries - 2, 0));
    rows.push({ first, weights: queries === 1 ? [1] : [1 - (position - first), position - first] });
  }
  return { inputs: queries, rows };
}

/** The table with `margin.before` and `margin.after` more outputs at its ends, which repeat the first and the last. */
export function withMargin({ inputs, rows }: AxisTable, margin: Margin): AxisTable {
  const repeat = (row: AxisRow, count: number) => new Array<AxisRow>(count).fill(row);
  return { inputs, rows: [...repeat(rows[0]!, margin.before), ...rows, ...repeat(rows.at(-1)!, margin.after)] };
}

/** The table for an input that has the margin around what the table reads. */
export function insideMargin({ inputs, rows }: AxisTable, margin: Margin): AxisTable {
  return {
    inputs: inputs + margin.before + margin.after,
    rows: rows.map(({ first, weights }) => ({ first: first + margin.before, weights })),
  };
}

/** Pixels added before and after an axis. */
export interface Margin {
  readonly before: number;
  readonly after: number;
}

/** The margin, as even as can be, that brings a side to `least` pixels. */
export function marginTo(least: number, side: number): Margin {
  const missing = Math.max(0, least - side);
  const before = Math.floor(missing / 2);
  return { before, after: missing - before };
}

/** The table as a constant [outputs, 1 + T] in float64. */
export function tableSource(name: string, { inputs, rows }: AxisTable): TensorSource {
  const taps = Math.max(...rows.map(({ weights }) => weights.length));
  const data = new Float64Array(rows.length * (1 + taps));
  for (const [index, row] of rows.entries()) {
    const first = Math.min(row.first, inputs - taps);
    data[index * (1 + taps)] = first;
    data.set(row.weights, index * (1 + taps) + 1 + row.first - first);
  }
  return float64Source(name, [rows.length, 1 + taps], data);
}

/** Wraps float64 numbers as a source, so that `reference` computes with all their digits. */
export function float64Source(name: string, shape: readonly number[], data: Float64Array): TensorSource {
  return { name, shape, type: 'float64', bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}
