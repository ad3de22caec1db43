/** Arithmetic in registers alone, by which the peak of a core is measured. */
import { madd } from './shared/vector';

@unmanaged
class Chain {
  x: usize;
  y: usize;
  steps: u32;
  /** Arguments, not constants: of vector constants in a loop, some engines build each anew wherever it is used. */
  factor: f32;
  shift: f32;
}

/** `steps` times v ← factor·v + shift on the 48 elements of an item: twelve vectors whose chains do not wait for each other. */
export function multiplyAddChain(item: u32, args: usize): void {
  const a = changetype<Chain>(args);
  const x = a.x + item * 192;
  const y = a.y + item * 192;
  const factor = f32x4.splat(a.factor);
  const shift = f32x4.splat(a.shift);
  let v0 = v128.load(x);
  let v1 = v128.load(x, 16);
  let v2 = v128.load(x, 32);
  let v3 = v128.load(x, 48);
  let v4 = v128.load(x, 64);
  let v5 = v128.load(x, 80);
  let v6 = v128.load(x, 96);
  let v7 = v128.load(x, 112);
  let v8 = v128.load(x, 128);
  let v9 = v128.load(x, 144);
  let v10 = v128.load(x, 160);
  let v11 = v128.load(x, 176);
  for (let step: u32 = 0; step < a.steps; step++) {
    v0 = madd(v0, factor, shift);
    v1 = madd(v1, factor, shift);
    v2 = madd(v2, factor, shift);
    v3 = madd(v3, factor, shift);
    v4 = madd(v4, factor, shift);
    v5 = madd(v5, factor, shift);
    v6 = madd(v6, factor, shift);
    v7 = madd(v7, factor, shift);
    v8 = madd(v8, factor, shift);
    v9 = madd(v9, factor, shift);
    v10 = madd(v10, factor, shift);
    v11 = madd(v11, factor, shift);
  }
  v128.store(y, v0);
  v128.store(y, v1, 16);
  v128.store(y, v2, 32);
  v128.store(y, v3, 48);
  v128.store(y, v4, 64);
  v128.store(y, v5, 80);
  v128.store(y, v6, 96);
  v128.store(y, v7, 112);
  v128.store(y, v8, 128);
  v128.store(y, v9, 144);
  v128.store(y, v10, 160);
  v128.store(y, v11, 176);
}
