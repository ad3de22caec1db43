import { Channel, Finish, finishRow } from '../shared/epilogue';
import { madd } from '../shared/vector';

/**
 * Convolution of groups of few channels, a depthwise one above all: a group's input planes are copied with their padding,
 * a band of rows at a time, and every output is the sum of its own taps. Columns that a stride of s reads together, each
 * s-th, lie together in the copy; the zeros that a transposed convolution puts between its inputs are item of it.
 */
@unmanaged
class Planes extends Finish {
  x: usize;
  y: usize;
  /** Panels of 4 rows, [group][rowPanel][depth][4]. */
  weights: usize;
  /** Bytes from an output's place in the copy to what a tap reads: [channels·taps]. */
  offsets: usize;
  /** Channels·taps of a group; the depth of its panels. */
  taps: u32;
  depth: u32;
  /** Groups of all samples, of one, and of an item. */
  total: u32;
  groups: u32;
  groupsPerItem: u32;
  /** Bands of so many output rows, which read so many input rows. */
  bands: u32;
  bandRows: u32;
  reach: u32;
  /** Input and output channels of a group. */
  inputs: u32;
  rows: u32;
  height: u32;
  width: u32;
  outputHeight: u32;
  outputWidth: u32;
  strideY: u32;
  strideX: u32;
  /** Distance of the inputs: 1, or a transposed convolution's stride. */
  spreadY: i32;
  spreadX: i32;
  padY: i32;
  padX: i32;
  /** Columns of a row of the copy that belong together. */
  phase: u32;
  /** A {@link Run} of each phase. */
  runs: usize;
}

/** What a phase of a row of the copy holds of the image: places [first, end), the first of them from column `from`. */
@unmanaged
class Run {
  first: u32;
  end: u32;
  from: u32;
}

/** item = [block of groups][band]; `scratch` holds a row of results, then a band of each channel. */
export function convolvePlanes(item: u32, args: usize, scratch: usize): void {
  const a = changetype<Planes>(args);
  const first = (item / a.bands) * a.groupsPerItem;
  const end = min(a.total, first + a.groupsPerItem);
  const y0 = (item % a.bands) * a.bandRows;
  const bandRows = min(a.bandRows, a.outputHeight - y0);
  const reach = a.reach - (a.bandRows - bandRows) * a.strideY;
  const positions = <usize>a.outputHeight * a.outputWidth;
  const pitch = <usize>(a.phase * a.strideX) << 2;
  const copy = scratch + ((<usize>a.outputWidth + 16) << 2);
  const rowPanels = (a.rows + 3) >> 2;
  for (let id = first; id < end; id++) {
    const group = id % a.groups;
    for (let channel: u32 = 0; channel < a.inputs; channel++) {
      const plane = a.x + ((<usize>(id * a.inputs + channel) * a.height * a.width) << 2);
      const to = copy + channel * a.reach * pitch;
      for (let r: u32 = 0; r < reach; r++) copyRow(a, plane, <i32>(y0 * a.strideY + r) - a.padY, to + r * pitch);
    }
    for (let row: u32 = 0; row < a.rows; row++) {
      const weights = a.weights + ((<usize>(group * rowPanels + (row >> 2)) * a.depth) << 4) + ((row & 3) << 2);
      const channel = changetype<Channel>(a.channels + (group * a.rows + row) * offsetof<Channel>());
      const place = <usize>y0 * a.outputWidth;
      let to = a.y + ((<usize>(id * a.rows + row) * positions + place) << 2);
      let operand = a.operand + ((<usize>(id / a.groups) * a.operandSample + channel.plane * positions + place) << 2);
      for (let y: usize = 0; y < bandRows; y++) {
        sumRow(a, copy + y * a.strideY * pitch, weights, scratch);
        finishRow(a, channel, scratch, operand, to, a.outputWidth);
        to += <usize>a.outputWidth << 2;
        operand += <usize>a.outputWidth << 2;
      }
    }
  }
}

/** The sums of a row of outputs; those behind its end hold anything. */
function sumRow(a: Planes, from: usize, weights: usize, to: usize): void {
  const offsets = a.offsets;
  const end = offsets + (<usize>a.taps << 2);
  let left = <i32>a.outputWidth;
  for (; left > 8; left -= 16) {
    let c0 = f32x4.splat(0);
    let c1 = f32x4.splat(0);
    let c2 = f32x4.splat(0);
    let c3 = f32x4.splat(0);
    let weight = weights;
    for (let tap = offsets; tap < end; tap += 4) {
      const w = v128.load_splat<f32>(weight);
      const at = from + load<u32>(tap);
      c0 = madd(w, v128.load(at), c0);
      c1 = madd(w, v128.load(at, 16), c1);
      c2 = madd(w, v128.load(at, 32), c2);
      c3 = madd(w, v128.load(at, 48), c3);
      weight += 16;
    }
    v128.store(to, c0);
    v128.store(to, c1, 16);
    v128.store(to, c2, 32);
    v128.store(to, c3, 48);
    from += 64;
    to += 64;
  }
  if (left <= 0) return;
  let c0 = f32x4.splat(0);
  let c1 = f32x4.splat(0);
  for (let tap = offsets; tap < end; tap += 4) {
    const w = v128.load_splat<f32>(weights);
    const at = from + load<u32>(tap);
    c0 = madd(w, v128.load(at), c0);
    c1 = madd(w, v128.load(at, 16), c1);
    weights += 16;
  }
  v128.store(to, c0);
  v128.store(to, c1, 16);
}

/** Row `y` of a plane with its padding; it may write a vector more, which belongs to the next row. */
function copyRow(a: Planes, plane: usize, y: i32, to: usize): void {
  const end = to + (<usize>(a.phase * a.strideX) << 2);
  let row = y;
  if (a.spreadY > 1) {
    row = y / a.spreadY;
    if (row * a.spreadY != y) return zeros(to, end);
  }
  if (y < 0 || row >= <i32>a.height) return zeros(to, end);
  const from = plane + ((<usize>row * a.width) << 2);
  if (a.spreadX > 1) {
    zeros(to, end);
    for (let x = 0; x < <i32>a.width; x++) {
      const column = x * a.spreadX + a.padX;
      if (<u32>column < a.phase) store<f32>(to + (column << 2), load<f32>(from + (x << 2)));
    }
    return;
  }
  let run = a.runs;
  for (let p: u32 = 0; p < a.strideX; p++) {
    const r = changetype<Run>(run);
    const inside = to + (r.first << 2);
    const stop = to + (r.end << 2);
    zeros(to, inside);
    gather(from + (r.from << 2), a.strideX, inside, stop);
    to += <usize>a.phase << 2;
    zeros(stop, to);
    run += offsetof<Run>();
  }
}

/** Each `stride`-th number to places [to, end). */
@inline
function gather(from: usize, stride: u32, to: usize, end: usize): void {
  if (stride == 1) {
    for (; to < end; to += 16) {
      v128.store(to, v128.load(from));
      from += 16;
    }
  } else if (stride == 2) {
    for (; to < end; to += 16) {
      v128.store(to, v128.shuffle<f32>(v128.load(from), v128.load(from, 16), 0, 2, 4, 6));
      from += 32;
    }
  } else {
    for (; to < end; to += 4) {
      store<f32>(to, load<f32>(from));
      from += <usize>stride << 2;
    }
  }
}

@inline
function zeros(to: usize, end: usize): void {
  for (; to < end; to += 4) store<f32>(to, 0);
}
