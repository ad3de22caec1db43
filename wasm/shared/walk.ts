import { storeLanes } from './vector';

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
  /** Rows (along the last axis) of an item, or elements of a row where an item is less than one row. */
  rows: u32;
  columns: u32;
}

/** item = [block of rows][block of columns]. */
export function walk(item: u32, args: usize): void {
  const a = changetype<Walk>(args);
  const columnBlocks = (a.extent3 + a.columns - 1) / a.columns;
  const first = (item % columnBlocks) * a.columns;
  const count = min(a.extent3 - first, a.columns);
  const total = a.extent0 * a.extent1 * a.extent2;
  const end = min(total, (item / columnBlocks + 1) * a.rows);
  for (let row = (item / columnBlocks) * a.rows; row < end; row++) {
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
