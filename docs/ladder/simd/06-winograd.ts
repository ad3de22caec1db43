import { Layer, pad, paddedRows, paddedWidth } from './layer';
import { multiply } from './panel';

/*
 * Winograd's F(2×2, 3×3) (Lavin and Gray 2016): 4×4 numbers of the image make 2×2 outputs, with 16 products where the
 * definition takes 36. Positions of the 4×4 are 16 matrix products of their own. A vector is four tiles.
 */

export function pack(args: usize): void {
  transformWeights(changetype<Layer>(args), false);
}

/** U = G w Gᵀ as [k / 4, position, c, 4]; `turned`: of weights [c, k, i, j] whose kernels are turned by half. */
export function transformWeights(l: Layer, turned: bool): void {
  for (let k: usize = 0; k < l.outputs; k++) {
    for (let c: usize = 0; c < l.channels; c++) {
      const w = l.weights + (((turned ? c * l.outputs + k : k * l.channels + c) * 9) << 2);
      for (let position: usize = 0; position < 16; position++) {
        let sum: f32 = 0;
        for (let i: usize = 0; i < 3; i++) {
          for (let j: usize = 0; j < 3; j++) {
            const tap = i * 3 + j;
            sum += g(position >> 2, i) * g(position & 3, j) * load<f32>(w + ((turned ? 8 - tap : tap) << 2));
          }
        }
        store<f32>(l.packed + (((((k >> 2) * 16 + position) * l.channels + c) * 4 + (k & 3)) << 2), sum);
      }
    }
  }
}

/** G = [[1, 0, 0], [½, ½, ½], [½, −½, ½], [0, 0, 1]]. */
function g(row: usize, column: usize): f32 {
  if (row == 0) return column == 0 ? 1 : 0;
  if (row == 3) return column == 2 ? 1 : 0;
  return row == 2 && column == 1 ? -0.5 : 0.5;
}

export function run(args: usize): void {
  const l = changetype<Layer>(args);
  const v = pad(l); // [position, c, 8 tiles]
  const m = v + ((l.channels * 16) << 5); // [position, 4 channels, 8 tiles]
  const passes = m + 2048;
  const across = (l.width + 1) >> 1;
  const tiles = across * ((l.height + 1) >> 1);
  for (let first: usize = 0; first < tiles; first += 8) {
    for (let half: usize = 0; half < 8; half += 4) transformInput(l, first + half, tiles - 1, across, v + (half << 2), passes);
    for (let k: usize = 0; k < l.outputs; k += 4) {
      for (let position: usize = 0; position < 16; position++) {
        const u = l.packed + (((k * 4 + position) * l.channels) << 4);
        multiply(u, v + ((position * l.channels) << 5), l.channels, m + (position << 7), 32);
      }
      for (let r: usize = 0; r < 4; r++) {
        for (let half: usize = 0; half < 8; half += 4) {
          transformOutput(l, k + r, first + half, tiles, across, m + (r << 5) + (half << 2), passes);
        }
      }
    }
  }
}

/** Where a tile's 4×4 numbers begin. */
@inline
function source(l: Layer, tile: usize, last: usize, across: usize, stride: usize): usize {
  const at = min(tile, last);
  return l.scratch + (at / across) * 2 * stride + ((at % across) << 3);
}

/** V = Bᵀ d B of four tiles in all channels, first along the rows, then down the columns. */
function transformInput(l: Layer, tile: usize, last: usize, across: usize, to: usize, passes: usize): void {
  const stride = paddedWidth(l) << 2;
  const plane = paddedRows(l) * stride;
  let t0 = source(l, tile, last, across, stride);
  let t1 = source(l, tile + 1, last, across, stride);
  let t2 = source(l, tile + 2, last, across, stride);
  let t3 = source(l, tile + 3, last, across, stride);
  const step = l.channels << 5;
  for (let c: usize = 0; c < l.channels; c++) {
    for (let row: usize = 0; row < 4; row++) {
      const r0 = v128.load(t0 + row * stride);
      const r1 = v128.load(t1 + row * stride);
      const r2 = v128.load(t2 + row * stride);
      const r3 = v128.load(t3 + row * stride);
      // Four rows of one tile each become four columns of four tiles.
      const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
      const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
      const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
      const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
      const d0 = v128.shuffle<f64>(low01, low23, 0, 2);
      const d1 = v128.shuffle<f64>(low01, low23, 1, 3);
      const d2 = v128.shuffle<f64>(high01, high23, 0, 2);
      const d3 = v128.shuffle<f64>(high01, high23, 1, 3);
      transform(d0, d1, d2, d3, passes + (row << 6), 16);
    }
    for (let column: usize = 0; column < 4; column++) {
      const from = passes + (column << 4);
      const d0 = v128.load(from);
      const d1 = v128.load(from, 64);
      const d2 = v128.load(from, 128);
      const d3 = v128.load(from, 192);
      transform(d0, d1, d2, d3, to + column * step, 4 * step);
    }
    to += 32;
    t0 += plane;
    t1 += plane;
    t2 += plane;
    t3 += plane;
  }
}

@inline
function transform(d0: v128, d1: v128, d2: v128, d3: v128, to: usize, step: usize): void {
  v128.store(to, f32x4.sub(d0, d2));
  v128.store(to + step, f32x4.add(d1, d2));
  v128.store(to + 2 * step, f32x4.sub(d2, d1));
  v128.store(to + 3 * step, f32x4.sub(d1, d3));
}

/** Aᵀ m A of four tiles, to where they belong. */
function transformOutput(l: Layer, k: usize, tile: usize, tiles: usize, across: usize, m: usize, passes: usize): void {
  for (let column: usize = 0; column < 4; column++) {
    const from = m + (column << 7);
    back(v128.load(from), v128.load(from, 512), v128.load(from, 1024), v128.load(from, 1536), passes + (column << 4), 64);
  }
  for (let row: usize = 0; row < 2; row++) {
    const from = passes + (row << 6);
    back(v128.load(from), v128.load(from, 16), v128.load(from, 32), v128.load(from, 48), passes + 128 + (row << 5), 16);
  }
  for (let lane: usize = 0; lane < 4 && tile + lane < tiles; lane++) {
    const y = ((tile + lane) / across) << 1;
    const x = ((tile + lane) % across) << 1;
    const from = passes + 128 + (lane << 2);
    const to = l.result + (((k * l.height + y) * l.width + x) << 2);
    store<f32>(to, load<f32>(from));
    if (x + 1 < l.width) store<f32>(to, load<f32>(from, 16), 4);
    if (y + 1 >= l.height) continue;
    const below = to + (l.width << 2);
    store<f32>(below, load<f32>(from, 32));
    if (x + 1 < l.width) store<f32>(below, load<f32>(from, 48), 4);
  }
}

@inline
function back(m0: v128, m1: v128, m2: v128, m3: v128, to: usize, step: usize): void {
  v128.store(to, f32x4.add(m0, f32x4.add(m1, m2)));
  v128.store(to + step, f32x4.sub(f32x4.sub(m1, m2), m3));
}
