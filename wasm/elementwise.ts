/**
 * Kernels on every element. Blocks of memory are padded to 64 bytes, so that the last vector of a part may run over the
 * end of the numbers.
 */
import { storeLanes } from './vector';

@unmanaged
class Activation {
  x: usize;
  y: usize;
  count: u32;
  /** Elements of a part, a multiple of 4. */
  chunk: u32;
  kind: u32;
  /** Clip's bounds, or leaky ReLU's slope (low). */
  low: f32;
  high: f32;
}

/** kind 0: min(max(x, low), high); 1: x, or low·x where x < 0; 2: the sigmoid. */
export function activation(part: u32, args: usize): void {
  const a = changetype<Activation>(args);
  const first = part * a.chunk;
  const end = min(a.count, first + a.chunk);
  const low = f32x4.splat(a.low);
  const high = f32x4.splat(a.high);
  const zero = f32x4.splat(0);
  for (let i = first; i < end; i += 4) {
    const x = a.x + (i << 2);
    const y = a.y + (i << 2);
    if (a.kind == 0) {
      v128.store(y, f32x4.min(f32x4.max(v128.load(x), low), high));
    } else if (a.kind == 1) {
      const value = v128.load(x);
      v128.store(y, v128.bitselect(f32x4.mul(value, low), value, f32x4.lt(value, zero)));
    } else {
      for (let lane = 0; lane < 16; lane += 4) {
        store<f32>(y + lane, <f32>1 / (<f32>1 + NativeMathf.exp(-load<f32>(x + lane))));
      }
    }
  }
}

@unmanaged
class Attenuate {
  x: usize;
  distance: usize;
  y: usize;
  count: u32;
  chunk: u32;
}

/** x·(1 − distance). */
export function attenuate(part: u32, args: usize): void {
  const a = changetype<Attenuate>(args);
  const end = min(a.count, (part + 1) * a.chunk);
  for (let i = part * a.chunk; i < end; i += 4) {
    const kept = f32x4.sub(f32x4.splat(1), v128.load(a.distance + (i << 2)));
    v128.store(a.y + (i << 2), f32x4.mul(v128.load(a.x + (i << 2)), kept));
  }
}

/** A walk over up to four axes, outermost first, from one place to another with strides of their own (in elements). */
@unmanaged
class Walk {
  x: usize;
  y: usize;
  /** 0: y = factor·x; 1: y += x; 2: y *= x. */
  kind: u32;
  factor: f32;
  extent0: u32;
  extent1: u32;
  extent2: u32;
  extent3: u32;
  x0: i32;
  x1: i32;
  x2: i32;
  x3: i32;
  y0: i32;
  y1: i32;
  y2: i32;
  y3: i32;
  /** Rows (along the last axis) of a part, or elements of a row where a part is less than one row. */
  rows: u32;
  columns: u32;
}

/** part = [block of rows][block of columns]. */
export function walk(part: u32, args: usize): void {
  const a = changetype<Walk>(args);
  const columnBlocks = (a.extent3 + a.columns - 1) / a.columns;
  const first = (part % columnBlocks) * a.columns;
  const count = min(a.extent3 - first, a.columns);
  const total = a.extent0 * a.extent1 * a.extent2;
  const end = min(total, (part / columnBlocks + 1) * a.rows);
  for (let row = (part / columnBlocks) * a.rows; row < end; row++) {
    const i0 = <i32>(row / (a.extent1 * a.extent2));
    const i1 = <i32>((row / a.extent2) % a.extent1);
    const i2 = <i32>(row % a.extent2);
    const x = a.x + ((i0 * a.x0 + i1 * a.x1 + i2 * a.x2 + <i32>first * a.x3) << 2);
    const y = a.y + ((i0 * a.y0 + i1 * a.y1 + i2 * a.y2 + <i32>first * a.y3) << 2);
    if (a.y3 == 1 && (a.x3 == 1 || a.x3 == 0)) {
      for (let i: u32 = 0; i < count; i += 4) {
        const value = a.x3 == 0 ? v128.load_splat<f32>(x) : v128.load(x + (i << 2));
        const at = y + (i << 2);
        const made =
          a.kind == 0
            ? f32x4.mul(value, f32x4.splat(a.factor))
            : a.kind == 1
              ? f32x4.add(v128.load(at), value)
              : f32x4.mul(v128.load(at), value);
        storeLanes(at, made, count - i);
      }
    } else {
      for (let i: i32 = 0; i < <i32>count; i++) {
        const value = load<f32>(x + ((i * a.x3) << 2));
        const at = y + ((i * a.y3) << 2);
        store<f32>(at, a.kind == 0 ? value * a.factor : a.kind == 1 ? load<f32>(at) + value : load<f32>(at) * value);
      }
    }
  }
}
