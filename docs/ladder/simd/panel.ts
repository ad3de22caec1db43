/**
 * The 4×8 product of left [depth][4] and right [depth][8]; row r goes to `to` + r·stride bytes. Eight sums stay in
 * registers; a step of the depth reads 12 numbers for 32 products.
 */
export function multiply(left: usize, right: usize, depth: usize, to: usize, stride: usize): void {
  let c00 = f32x4.splat(0);
  let c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0);
  let c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0);
  let c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0);
  let c31 = f32x4.splat(0);
  for (const end = left + (depth << 4); left < end; left += 16) {
    const b0 = v128.load(right);
    const b1 = v128.load(right, 16);
    const a0 = v128.load_splat<f32>(left);
    c00 = f32x4.add(c00, f32x4.mul(a0, b0));
    c01 = f32x4.add(c01, f32x4.mul(a0, b1));
    const a1 = v128.load_splat<f32>(left, 4);
    c10 = f32x4.add(c10, f32x4.mul(a1, b0));
    c11 = f32x4.add(c11, f32x4.mul(a1, b1));
    const a2 = v128.load_splat<f32>(left, 8);
    c20 = f32x4.add(c20, f32x4.mul(a2, b0));
    c21 = f32x4.add(c21, f32x4.mul(a2, b1));
    const a3 = v128.load_splat<f32>(left, 12);
    c30 = f32x4.add(c30, f32x4.mul(a3, b0));
    c31 = f32x4.add(c31, f32x4.mul(a3, b1));
    right += 32;
  }
  v128.store(to, c00);
  v128.store(to, c01, 16);
  v128.store(to + stride, c10);
  v128.store(to + stride, c11, 16);
  v128.store(to + 2 * stride, c20);
  v128.store(to + 2 * stride, c21, 16);
  v128.store(to + 3 * stride, c30);
  v128.store(to + 3 * stride, c31, 16);
}
