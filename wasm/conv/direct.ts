import { Channel, Finish, finishRow } from '../shared/epilogue';
import { multiplyPanels } from '../shared/panel';

/**
 * Convolution as a product of packed matrices: the weights on the left, the input's windows on the right. The columns
 * are the output's positions, in panels of 8 that never cross from one sample or group to the next:
 * [sample][group][panel].
 */
@unmanaged
class Columns {
  x: usize;
  packed: usize;
  /** Panels [first, end) of all. */
  first: u32;
  end: u32;
  panelsPerItem: u32;
  /** Panels of a sample and group. */
  panels: u32;
  groups: u32;
  /** Input channels of a group. */
  channels: u32;
  height: u32;
  width: u32;
  outputHeight: u32;
  outputWidth: u32;
  kernelHeight: i32;
  kernelWidth: i32;
  strideY: i32;
  strideX: i32;
  dilationY: i32;
  dilationX: i32;
  padY: i32;
  padX: i32;
  /** Depth of a packed panel, even. */
  depth: u32;
}

/** Packs panels of the input's windows: [panel][depth = (channel, ky, kx)][8], zero outside the image. */
export function packColumns(item: u32, args: usize, scratch: usize): void {
  const a = changetype<Columns>(args);
  let id = a.first + item * a.panelsPerItem;
  const end = min(a.end, id + a.panelsPerItem);
  for (; id < end; id++) packPanel(a, id, scratch);
}

/** `scratch` holds the 8 columns' first input row and column, then where in a plane a tap of each is, and whether. */
function packPanel(a: Columns, id: u32, scratch: usize): void {
  const image = a.x + ((<usize>(id / a.panels) * a.channels * a.height * a.width) << 2);
  const firstColumn = (id % a.panels) * 8;
  const positions = a.outputHeight * a.outputWidth;
  const plane = (<usize>a.height * a.width) << 2;
  let outputY = firstColumn / a.outputWidth;
  let outputX = firstColumn - outputY * a.outputWidth;
  for (let lane: u32 = 0; lane < 8; lane++) {
    // A column beyond the last one reads above the image, which is zero.
    const y = firstColumn + lane < positions ? <i32>outputY * a.strideY - a.padY : i32.MIN_VALUE / 2;
    store<i32>(scratch + (lane << 3), y);
    store<i32>(scratch + (lane << 3), <i32>outputX * a.strideX - a.padX, 4);
    if (++outputX == a.outputWidth) {
      outputX = 0;
      outputY++;
    }
  }
  const y0 = load<i32>(scratch);
  const x0 = load<i32>(scratch, 4);
  const oneRow = a.strideX <= 2 && load<i32>(scratch, 56) == y0;
  const x7 = load<i32>(scratch, 60);
  const panel = a.packed + (<usize>(id - a.first) * a.depth) * 32;
  const taps = <usize>(a.kernelHeight * a.kernelWidth) << 5;
  const filled = panel + a.channels * taps;
  // Channels innermost: a tap is at the same place in each.
  for (let tap: usize = 0, ky = 0; ky < a.kernelHeight; ky++) {
    const dy = ky * a.dilationY;
    for (let kx = 0; kx < a.kernelWidth; kx++) {
      const dx = kx * a.dilationX;
      if (oneRow && x0 + dx >= 0 && x7 + dx < <i32>a.width && <u32>(y0 + dy) < a.height) {
        let from = image + (((y0 + dy) * <i32>a.width + x0 + dx) << 2);
        if (a.strideX == 1) {
          for (let to = panel + tap; to < filled; to += taps) {
            v128.store(to, v128.load(from));
            v128.store(to, v128.load(from, 16), 16);
            from += plane;
          }
        } else {
          for (let to = panel + tap; to < filled; to += taps) {
            v128.store(to, v128.shuffle<f32>(v128.load(from), v128.load(from, 16), 0, 2, 4, 6));
            v128.store(to, v128.shuffle<f32>(v128.load(from, 32), v128.load(from, 48), 0, 2, 4, 6), 16);
            from += plane;
          }
        }
      } else {
        const places = scratch + 64;
        for (let lane: usize = 0; lane < 8; lane++) {
          const row = load<i32>(scratch + (lane << 3)) + dy;
          const column = load<i32>(scratch + (lane << 3), 4) + dx;
          const inside = <u32>row < a.height && <u32>column < a.width;
          store<i32>(places + (lane << 2), inside ? (row * <i32>a.width + column) << 2 : 0);
          store<i32>(places + (lane << 2), inside ? -1 : 0, 32);
        }
        let from = image;
        for (let to = panel + tap; to < filled; to += taps) {
          v128.store(to, v128.and(fourAt(from, places), v128.load(places, 32)));
          v128.store(to, v128.and(fourAt(from, places + 16), v128.load(places, 48)), 16);
          from += plane;
        }
      }
      tap += 32;
    }
  }
  if (filled < panel + (<usize>a.depth << 5)) memory.fill(filled, 0, 32);
}

/** Four numbers of a plane at the offsets that lie at `places`. */
@inline
function fourAt(plane: usize, places: usize): v128 {
  let four = v128.load_splat<f32>(plane + load<u32>(places));
  four = v128.load_lane<f32>(plane + load<u32>(places, 4), four, 1);
  four = v128.load_lane<f32>(plane + load<u32>(places, 8), four, 2);
  return v128.load_lane<f32>(plane + load<u32>(places, 12), four, 3);
}

@unmanaged
class Product extends Finish {
  weights: usize;
  /** Packed panels, the first of them `first`; or an image whose channels are the depth. */
  columns: usize;
  /** Bytes from a row of a panel to the next: 32, or an image's plane. */
  step: usize;
  y: usize;
  /** Panels [first, end) of all. */
  first: u32;
  end: u32;
  panels: u32;
  groups: u32;
  /** Output channels of a group, and their panels of 4. */
  rows: u32;
  rowPanels: u32;
  positions: u32;
  depth: u32;
  /** An item's extent in panels of columns and of rows. */
  panelsPerItem: u32;
  rowPanelsPerItem: u32;
}

/** Panels of a sample and group that are multiplied one after the other, and finished together. */
const RUN: u32 = 8;

/** Multiplies a block of row panels by a block of column panels and finishes the results. */
export function multiplyColumns(item: u32, args: usize, scratch: usize): void {
  const a = changetype<Product>(args);
  const columnBlocks = (a.end - a.first + a.panelsPerItem - 1) / a.panelsPerItem;
  const firstPanel = a.first + (item % columnBlocks) * a.panelsPerItem;
  const endPanel = min(a.end, firstPanel + a.panelsPerItem);
  const firstRow = (item / columnBlocks) * a.rowPanelsPerItem;
  const endRow = min(a.rowPanels, firstRow + a.rowPanelsPerItem);
  for (let rowPanel = firstRow; rowPanel < endRow; rowPanel++) {
    // Sample and group of the panel, in one.
    let image = firstPanel / a.panels;
    let panel = firstPanel - image * a.panels;
    for (let id = firstPanel; id < endPanel; ) {
      const group = image % a.groups;
      const left = a.weights + ((<usize>(group * a.rowPanels + rowPanel) * a.depth) << 4);
      const packed = a.step == 32;
      let right = a.columns;
      right += packed ? (<usize>(id - a.first) * a.depth) << 5 : <usize>image * a.depth * a.step + (panel << 5);
      const count = min(RUN, min(endPanel - id, a.panels - panel));
      for (let i: u32 = 0; i < count; i++) {
        multiplyPanels(left, right, a.step, a.depth, scratch + (i << 5), RUN << 5, scratch + RUN * 128);
        right += packed ? <usize>a.depth << 5 : 32;
      }
      finishRun(a, image, group, rowPanel, panel << 3, count << 3, scratch);
      id += count;
      panel += count;
      if (panel == a.panels) {
        panel = 0;
        image++;
      }
    }
  }
}

/** Finishes four rows of results at `from`, as far as they exist. */
function finishRun(a: Product, image: u32, group: u32, rowPanel: u32, position: u32, columns: u32, from: usize): void {
  const count = min(columns, a.positions - position);
  const end = min(a.rows, rowPanel * 4 + 4);
  const samples = (image / a.groups) * a.operandSample + position;
  for (let row = rowPanel * 4; row < end; row++) {
    const channel = changetype<Channel>(a.channels + (group * a.rows + row) * offsetof<Channel>());
    const to = a.y + ((<usize>(image * a.rows + row) * a.positions + position) << 2);
    const operand = a.operand + ((<usize>samples + channel.plane * a.positions) << 2);
    finishRow(a, channel, from, operand, to, count);
    from += RUN << 5;
  }
}

@unmanaged
class Fold {
  /** [channels·taps][outputHeight·outputWidth]. */
  columns: usize;
  y: usize;
  /** Multiplied with the result; 0 where there is none. */
  operand: usize;
  height: i32;
  width: i32;
  outputHeight: i32;
  outputWidth: i32;
  kernelHeight: i32;
  kernelWidth: i32;
  strideY: i32;
  strideX: i32;
  dilationY: i32;
  dilationX: i32;
  padY: i32;
  padX: i32;
}

/** Adds each tap's products to the inputs that the tap reads: a transposed convolution of any stride. item = channel. */
export function foldColumns(item: u32, args: usize): void {
  const a = changetype<Fold>(args);
  const plane = (<usize>a.height * a.width) << 2;
  const y = a.y + item * plane;
  memory.fill(y, 0, plane);
  let column = a.columns + (<usize>item * a.kernelHeight * a.kernelWidth * a.outputHeight * a.outputWidth << 2);
  for (let ky = 0; ky < a.kernelHeight; ky++) {
    for (let kx = 0; kx < a.kernelWidth; kx++) {
      const dx = kx * a.dilationX - a.padX;
      // The outputs whose tap lies inside the row.
      const first = dx < 0 ? (a.strideX - 1 - dx) / a.strideX : 0;
      const reach = a.width - 1 - dx;
      const end = reach < 0 ? 0 : min(a.outputWidth, reach / a.strideX + 1);
      for (let row = 0; row < a.outputHeight; row++) {
        const target = row * a.strideY + ky * a.dilationY - a.padY;
        if (<u32>target >= <u32>a.height) continue;
        const from = column + ((row * a.outputWidth) << 2);
        const to = y + ((target * a.width + dx) << 2);
        for (let i = first; i < end; i++) {
          const at = to + ((i * a.strideX) << 2);
          store<f32>(at, load<f32>(at) + load<f32>(from + (i << 2)));
        }
      }
      column += (a.outputHeight * a.outputWidth) << 2;
    }
  }
  if (a.operand) {
    const operand = a.operand + item * plane;
    for (let i: usize = 0; i < plane; i += 4) store<f32>(y + i, load<f32>(y + i) * load<f32>(operand + i));
  }
}
