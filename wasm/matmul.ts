import { madd, storeLanes } from './shared/vector';

@unmanaged
class Matmul {
  a: usize;
  b: usize;
  y: usize;
  /** Of each product, the numbers of its matrices in a and b. */
  matrices: usize;
  rows: u32;
  columns: u32;
  depth: u32;
  /** Blocks of four rows in a product. */
  blocks: u32;
}

/** Y = A·B for matrices in row-major order. item = [product][block of four rows]. */
export function matmul(item: u32, args: usize): void {
  const m = changetype<Matmul>(args);
  const product = item / m.blocks;
  const row = (item % m.blocks) << 2;
  const matrices = m.matrices + (product << 3);
  const aBytes = m.depth << 2;
  const bBytes = m.columns << 2;
  const a = m.a + (load<u32>(matrices) * m.rows + row) * aBytes;
  const b = m.b + load<u32>(matrices, 4) * m.depth * bBytes;
  const y = m.y + (product * m.rows + row) * bBytes;
  // Rows that are not there are computed from the last one, and not stored.
  const last = min<u32>(3, m.rows - 1 - row);
  const a1 = a + min<u32>(1, last) * aBytes;
  const a2 = a + min<u32>(2, last) * aBytes;
  const a3 = a + last * aBytes;
  for (let column: u32 = 0; column < m.columns; column += 8) {
    const zero = f32x4.splat(0);
    let y00 = zero, y01 = zero, y10 = zero, y11 = zero, y20 = zero, y21 = zero, y30 = zero, y31 = zero;
    let from = b + (column << 2);
    for (let k: u32 = 0; k < aBytes; k += 4) {
      const b0 = v128.load(from);
      const b1 = v128.load(from, 16);
      let x = v128.load32_splat(a + k);
      y00 = madd(x, b0, y00);
      y01 = madd(x, b1, y01);
      x = v128.load32_splat(a1 + k);
      y10 = madd(x, b0, y10);
      y11 = madd(x, b1, y11);
      x = v128.load32_splat(a2 + k);
      y20 = madd(x, b0, y20);
      y21 = madd(x, b1, y21);
      x = v128.load32_splat(a3 + k);
      y30 = madd(x, b0, y30);
      y31 = madd(x, b1, y31);
      from += bBytes;
    }
    const left = <i32>(m.columns - column);
    const to = y + (column << 2);
    storeRow(to, y00, y01, left);
    if (last > 0) storeRow(to + bBytes, y10, y11, left);
    if (last > 1) storeRow(to + 2 * bBytes, y20, y21, left);
    if (last > 2) storeRow(to + 3 * bBytes, y30, y31, left);
  }
}

@inline
function storeRow(to: usize, first: v128, second: v128, count: i32): void {
  storeLanes(to, first, count);
  storeLanes(to + 16, second, count - 4);
}
