import { storeLanes } from './vector';

@unmanaged
class Resample {
  x: usize;
  /** For each output its first input, then its weights: [outputs][1 + taps]. */
  rows: usize;
  columns: usize;
  y: usize;
  height: u32;
  width: u32;
  newHeight: u32;
  newWidth: u32;
  rowTaps: u32;
  columnTaps: u32;
}

/** One row of the output: the rows that it reads are joined, then its columns are taken. part = [plane][row]. */
export function resample(part: u32, args: usize, scratch: usize): void {
  const a = changetype<Resample>(args);
  const table = a.rows + (((part % a.newHeight) * (a.rowTaps + 1)) << 2);
  const x = a.x + ((<usize>(part / a.newHeight) * a.height + <u32>load<f32>(table)) * a.width << 2);
  const rowBytes = a.width << 2;
  for (let i: u32 = 0; i < rowBytes; i += 16) {
    let sum = f32x4.splat(0);
    for (let tap: u32 = 0; tap < a.rowTaps; tap++) {
      const weight = v128.load_splat<f32>(table + (tap << 2), 4);
      sum = f32x4.add(sum, f32x4.mul(weight, v128.load(x + tap * rowBytes + i)));
    }
    v128.store(scratch + i, sum);
  }
  const y = a.y + ((<usize>part * a.newWidth) << 2);
  let column = a.columns;
  for (let j: u32 = 0; j < a.newWidth; j++) {
    const from = scratch + (<u32>load<f32>(column) << 2);
    column += 4;
    let sum: f32 = 0;
    for (let tap: u32 = 0; tap < a.columnTaps; tap++) {
      sum += load<f32>(column) * load<f32>(from + (tap << 2));
      column += 4;
    }
    store<f32>(y + (j << 2), sum);
  }
}

@unmanaged
class Normalize {
  x: usize;
  /** {sum, minimum, maximum, not finite} of each row. */
  statistics: usize;
  y: usize;
  /** Elements of a row, and of a part. */
  count: u32;
  chunk: u32;
  chunks: u32;
  peak: u32;
  tolerance: f32;
}

/** Brings each row to [0,1]: (x − min)/(max − min), or |x|/max|x| by `peak`. part = [row][chunk]. */
export function normalize(part: u32, args: usize): void {
  const a = changetype<Normalize>(args);
  const row = part / a.chunks;
  const first = (part % a.chunks) * a.chunk;
  const end = min(a.count, first + a.chunk);
  const x = a.x + ((<usize>row * a.count) << 2);
  const y = a.y + ((<usize>row * a.count) << 2);
  const minimum = load<f32>(a.statistics + (row << 4), 4);
  const maximum = load<f32>(a.statistics + (row << 4), 8);
  const low: f32 = a.peak ? 0 : minimum;
  const span: f32 = a.peak ? max(abs(minimum), abs(maximum)) : maximum - minimum;
  for (let i = first; i < end; i += 4) {
    let value = v128.load(x + (i << 2));
    if (a.peak) value = f32x4.abs(value);
    value = f32x4.div(f32x4.sub(value, f32x4.splat(low)), f32x4.splat(span));
    storeLanes(y + (i << 2), span > a.tolerance ? value : f32x4.splat(0), end - i);
  }
}

@unmanaged
class Plane {
  x: usize;
  y: usize;
  channels: u32;
  pixels: u32;
  chunk: u32;
  chunks: u32;
  absolute: u32;
}

/** Σ over channels, then max(h, 0) or |h|. part = [sample][chunk]. */
export function sumPlane(part: u32, args: usize): void {
  const a = changetype<Plane>(args);
  const sample = part / a.chunks;
  const first = (part % a.chunks) * a.chunk;
  const end = min(a.pixels, first + a.chunk);
  const x = a.x + ((<usize>sample * a.channels * a.pixels) << 2);
  const y = a.y + ((<usize>sample * a.pixels) << 2);
  for (let i = first; i < end; i += 4) {
    let sum = v128.load(x + (i << 2));
    for (let c: u32 = 1; c < a.channels; c++) sum = f32x4.add(sum, v128.load(x + ((c * a.pixels + i) << 2)));
    storeLanes(y + (i << 2), a.absolute ? f32x4.abs(sum) : f32x4.max(sum, f32x4.splat(0)), end - i);
  }
}

@unmanaged
class Foci {
  x: usize;
  y: usize;
  height: u32;
  width: u32;
  threshold: f32;
}

/** Distances to the nearest focus in the same column. part = [sample][four columns]. */
export function focusColumns(part: u32, args: usize): void {
  const a = changetype<Foci>(args);
  const groups = (a.width + 3) >> 2;
  const column = (part % groups) << 2;
  const start = ((<usize>(part / groups) * a.height * a.width + column) << 2);
  const x = a.x + start;
  const y = a.y + start;
  const count = a.width - column;
  const none = f32x4.splat(<f32>(a.height + a.width));
  const one = f32x4.splat(1);
  const threshold = f32x4.splat(a.threshold);
  const step = a.width << 2;
  let distance = none;
  for (let row: u32 = 0; row < a.height; row++) {
    const focus = f32x4.gt(v128.load(x + row * step), threshold);
    distance = v128.andnot(f32x4.min(f32x4.add(distance, one), none), focus);
    storeLanes(y + row * step, distance, count);
  }
  for (let row = a.height; row-- > 0; ) {
    distance = f32x4.min(v128.load(y + row * step), f32x4.add(distance, one));
    storeLanes(y + row * step, distance, count);
  }
}

/**
 * Euclidean distances to the nearest focus, 0 where there is none: from each pixel outwards to both sides, until no
 * column there can be nearer. part = [sample][row].
 */
export function focusDistance(part: u32, args: usize, scratch: usize): void {
  const a = changetype<Foci>(args);
  const x = a.x + ((<usize>part * a.width) << 2);
  const y = a.y + ((<usize>part * a.width) << 2);
  const none = <f32>((a.height + a.width) * (a.height + a.width));
  // Scratch: squares of the distances within the columns, with a row's width of nothing on either side.
  const squares = scratch + (a.width << 2);
  for (let other: u32 = 0; other < a.width; other++) {
    const g = load<f32>(x + (other << 2));
    store<f32>(scratch + (other << 2), none);
    store<f32>(squares + (other << 2), g * g);
    store<f32>(squares + ((a.width + other) << 2), none);
  }
  for (let i: u32 = 0; i < a.width; i += 4) {
    const own = squares + (i << 2);
    let least = v128.load(own);
    for (let away: u32 = 1; away < a.width; away++) {
      const squared = f32x4.splat(<f32>(away * away));
      if (!v128.any_true(f32x4.lt(squared, least))) break;
      const both = f32x4.min(v128.load(own + (away << 2)), v128.load(own - (away << 2)));
      least = f32x4.min(least, f32x4.add(squared, both));
    }
    const distance = v128.andnot(f32x4.sqrt(least), f32x4.ge(least, f32x4.splat(none)));
    storeLanes(y + (i << 2), distance, a.width - i);
  }
}

@unmanaged
class Lab {
  x: usize;
  y: usize;
  pixels: u32;
  chunk: u32;
  chunks: u32;
  truncate: u32;
}

/** sRGB to CIE L*a*b* (D65): src/saliency/lab.ts. part = [sample][chunk]. */
export function lab(part: u32, args: usize): void {
  const a = changetype<Lab>(args);
  const plane = (<usize>a.pixels) << 2;
  const sample = <usize>(part / a.chunks) * 3 * plane;
  const first = (part % a.chunks) * a.chunk;
  const end = min(a.pixels, first + a.chunk);
  for (let i = first; i < end; i++) {
    const at = sample + (i << 2);
    const r = linear(load<f32>(a.x + at), a.truncate != 0);
    const g = linear(load<f32>(a.x + at + plane), a.truncate != 0);
    const b = linear(load<f32>(a.x + at + 2 * plane), a.truncate != 0);
    const x = curve((<f32>0.4124564 * r + <f32>0.3575761 * g + <f32>0.1804375 * b) / <f32>0.95047);
    const y = curve(<f32>0.2126729 * r + <f32>0.7151522 * g + <f32>0.072175 * b);
    const z = curve((<f32>0.0193339 * r + <f32>0.119192 * g + <f32>0.9503041 * b) / <f32>1.08883);
    store<f32>(a.y + at, 116 * y - 16);
    store<f32>(a.y + at + plane, 500 * (x - y));
    store<f32>(a.y + at + 2 * plane, 200 * (y - z));
  }
}

/** The linear intensity of an sRGB value; the step to 8 bits in float64, lest rounding take a value over it. */
function linear(value: f32, truncate: bool): f32 {
  const clamped = min(max(<f64>value, 0), 1);
  const v = <f32>(truncate ? Math.floor(255 * clamped) / 255 : clamped);
  return v <= <f32>0.04045 ? v / <f32>12.92 : NativeMathf.pow((v + <f32>0.055) / <f32>1.055, <f32>2.4);
}

/** CIE's cube root with a linear start. */
function curve(t: f32): f32 {
  return t > <f32>0.008856451679035631 ? NativeMathf.cbrt(t) : t * <f32>7.787037037037035 + <f32>0.13793103448275862;
}
