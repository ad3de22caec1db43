import { madd, storeLanes } from './shared/vector';
import { mapped } from './shared/weight-map';

/**
 * A dense layer by weights as the file holds them, a matrix [rows][columns] that is read once, whatever the direction.
 * Rules' maps are applied while reading: `maps` holds {positive, negative, square, one} for [outputParts][inputParts].
 */
@unmanaged
class Dense {
  weights: usize;
  x: usize;
  /** Where sums go: [samples][outputParts·outputs], or one such for each block of rows in {@link denseColumns}. */
  y: usize;
  maps: usize;
  /** Whether the only map is the weight itself. */
  plain: u32;
  outputParts: u32;
  inputParts: u32;
  samples: u32;
  rows: u32;
  columns: u32;
  /** Rows and columns of an item; {@link denseRows} takes all columns. */
  rowsPerItem: u32;
  columnsPerItem: u32;
}

@inline
function sumOf(v: v128): f32 {
  const low = f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1);
  return low + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3));
}

/** Sums along rows are taken in stretches of so many columns, which keeps the rounding error small. */
const STRETCH: u32 = 1024;

/** y[n, row] = Σ over columns: products along the rows. An item has `rowsPerItem` rows. */
export function denseRows(item: u32, args: usize): void {
  const a = changetype<Dense>(args);
  const end = min(a.rows, (item + 1) * a.rowsPerItem);
  for (let row = item * a.rowsPerItem; row < end; row += 4) {
    const count = min(4, end - row);
    for (let output: u32 = 0; output < a.outputParts; output++) {
      for (let sample: u32 = 0; sample < a.samples; sample++) {
        const to = a.y + (((sample * a.outputParts + output) * a.rows + row) << 2);
        for (let input: u32 = 0; input < a.inputParts; input++) {
          const x = a.x + (((sample * a.inputParts + input) * a.columns) << 2);
          const map = a.plain ? 0 : a.maps + (output * a.inputParts + input) * 16;
          multiplyRows(a, row, count, x, map, to, input != 0);
        }
      }
    }
  }
}

/** Up to four rows by a vector x; a row beyond the last one is computed as the last one, and not stored. */
function multiplyRows(a: Dense, row: u32, count: u32, x: usize, map: usize, to: usize, more: bool): void {
  const stride = (<usize>a.columns) << 2;
  const w0 = a.weights + <usize>row * stride;
  const w1 = w0 + min(1, count - 1) * stride;
  const w2 = w0 + min(2, count - 1) * stride;
  const w3 = w0 + min(3, count - 1) * stride;
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  const vectors = a.columns & ~3;
  for (let first: u32 = 0; first < vectors; first += STRETCH) {
    const end = (<usize>min(vectors, first + STRETCH)) << 2;
    let t0 = f32x4.splat(0);
    let t1 = t0;
    let t2 = t0;
    let t3 = t0;
    if (map == 0) {
      for (let i = (<usize>first) << 2; i < end; i += 16) {
        const value = v128.load(x + i);
        t0 = madd(v128.load(w0 + i), value, t0);
        t1 = madd(v128.load(w1 + i), value, t1);
        t2 = madd(v128.load(w2 + i), value, t2);
        t3 = madd(v128.load(w3 + i), value, t3);
      }
    } else {
      for (let i = (<usize>first) << 2; i < end; i += 16) {
        const value = v128.load(x + i);
        t0 = madd(mapped(map, v128.load(w0 + i)), value, t0);
        t1 = madd(mapped(map, v128.load(w1 + i)), value, t1);
        t2 = madd(mapped(map, v128.load(w2 + i)), value, t2);
        t3 = madd(mapped(map, v128.load(w3 + i)), value, t3);
      }
    }
    s0 = f32x4.add(s0, t0);
    s1 = f32x4.add(s1, t1);
    s2 = f32x4.add(s2, t2);
    s3 = f32x4.add(s3, t3);
  }
  storeSum(a, s0, w0, x, map, to, more);
  if (count > 1) storeSum(a, s1, w1, x, map, to + 4, more);
  if (count > 2) storeSum(a, s2, w2, x, map, to + 8, more);
  if (count > 3) storeSum(a, s3, w3, x, map, to + 12, more);
}

/** Adds what is left of a row behind its last whole vector. */
function storeSum(a: Dense, sums: v128, w: usize, x: usize, map: usize, to: usize, more: bool): void {
  let sum = sumOf(sums);
  for (let i = a.columns & ~3; i < a.columns; i++) {
    const weight = v128.load_splat<f32>(w + (i << 2));
    sum += f32x4.extract_lane(map == 0 ? weight : mapped(map, weight), 0) * load<f32>(x + (i << 2));
  }
  store<f32>(to, more ? load<f32>(to) + sum : sum);
}

/** Sums over the rows of a block, for a range of columns: item = [block of rows][range of columns]. */
export function denseColumns(item: u32, args: usize): void {
  const a = changetype<Dense>(args);
  const ranges = (a.columns + a.columnsPerItem - 1) / a.columnsPerItem;
  const block = item / ranges;
  const firstColumn = (item % ranges) * a.columnsPerItem;
  const columns = min(a.columns - firstColumn, a.columnsPerItem);
  const firstRow = block * a.rowsPerItem;
  const rows = min(a.rows - firstRow, a.rowsPerItem);
  const stride = (<usize>a.columns) << 2;
  const sums = a.samples * a.outputParts;
  const to = a.y + ((<usize>(block * sums) * a.columns + firstColumn) << 2);
  for (let sum: u32 = 0; sum < sums; sum++) memory.fill(to + sum * stride, 0, (<usize>columns) << 2);
  // Rows outermost: they come from far, the sums are at hand.
  for (let row: u32 = 0; row < rows; row += 4) {
    const w = a.weights + ((<usize>(firstRow + row) * a.columns + firstColumn) << 2);
    for (let sum: u32 = 0; sum < sums; sum++) {
      const sample = sum / a.outputParts;
      for (let input: u32 = 0; input < a.inputParts; input++) {
        const map = a.plain ? 0 : a.maps + ((sum % a.outputParts) * a.inputParts + input) * 16;
        const x = a.x + (((sample * a.inputParts + input) * a.rows + firstRow + row) << 2);
        addRows(w, stride, min(4, rows - row), x, map, to + sum * stride, columns);
      }
    }
  }
}

/** Adds up to four rows, each times its number at `x`, to the sums at `to`. */
function addRows(w0: usize, stride: usize, count: u32, x: usize, map: usize, to: usize, columns: u32): void {
  const w1 = w0 + min(1, count - 1) * stride;
  const w2 = w0 + min(2, count - 1) * stride;
  const w3 = w0 + min(3, count - 1) * stride;
  const zero = f32x4.splat(0);
  const x0 = v128.load_splat<f32>(x);
  const x1 = count > 1 ? v128.load_splat<f32>(x, 4) : zero;
  const x2 = count > 2 ? v128.load_splat<f32>(x, 8) : zero;
  const x3 = count > 3 ? v128.load_splat<f32>(x, 12) : zero;
  for (let column: u32 = 0; column < columns; column += 4) {
    const i = (<usize>column) << 2;
    let v0 = v128.load(w0 + i);
    let v1 = v128.load(w1 + i);
    let v2 = v128.load(w2 + i);
    let v3 = v128.load(w3 + i);
    if (map != 0) {
      v0 = mapped(map, v0);
      v1 = mapped(map, v1);
      v2 = mapped(map, v2);
      v3 = mapped(map, v3);
    }
    const sum = madd(v3, x3, madd(v2, x2, madd(v1, x1, f32x4.mul(v0, x0))));
    storeLanes(to + i, f32x4.add(v128.load(to + i), sum), columns - column);
  }
}

@unmanaged
class DenseFinish {
  sums: usize;
  y: usize;
  /** Added to each sample, [width]; 0 where there is none. */
  bias: usize;
  /** Multiplied with the result, [samples][width]; 0 where there is none. */
  operand: usize;
  relu: u32;
  /** How many sums, `samples·width` apart, make one result. */
  blocks: u32;
  samples: u32;
  width: u32;
  /** Elements of a sample in an item. */
  chunk: u32;
}

/** y = Σ of the blocks' sums + bias, then ReLU or times the operand: item = [sample][chunk]. */
export function finishDense(item: u32, args: usize): void {
  const a = changetype<DenseFinish>(args);
  const chunks = (a.width + a.chunk - 1) / a.chunk;
  const first = (item % chunks) * a.chunk;
  const end = min(a.width, first + a.chunk);
  const sample = (<usize>(item / chunks) * a.width) << 2;
  const stride = (<usize>a.samples * a.width) << 2;
  for (let i = first; i < end; i += 4) {
    const at = sample + (i << 2);
    let value = v128.load(a.sums + at);
    for (let block: u32 = 1; block < a.blocks; block++) {
      value = f32x4.add(value, v128.load(a.sums + block * stride + at));
    }
    if (a.bias) value = f32x4.add(value, v128.load(a.bias + (i << 2)));
    if (a.relu) value = f32x4.max(value, f32x4.splat(0));
    if (a.operand) value = f32x4.mul(value, v128.load(a.operand + at));
    storeLanes(a.y + at, value, end - i);
  }
}
