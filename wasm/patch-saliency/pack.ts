import { STRETCH } from '../shared/panel';
import { madd } from '../shared/vector';

@unmanaged
class PatchMean {
  /** [N][total][channels][area]. */
  patches: usize;
  /** [N][channels]. */
  mean: usize;
  total: u32;
  channels: u32;
  /** Pixels of a patch. */
  area: u32;
}

/** The mean of each channel over a sample's patches. item = [sample][channel]. */
export function meanPatch(item: u32, args: usize): void {
  const a = changetype<PatchMean>(args);
  const size = (<usize>a.channels * a.area) << 2;
  let from = a.patches + (item / a.channels) * a.total * size + (((item % a.channels) * a.area) << 2);
  let sum: f64 = 0;
  for (let patch: u32 = 0; patch < a.total; patch++) {
    for (let i: usize = 0; i < <usize>a.area << 2; i += 4) sum += <f64>load<f32>(from + i);
    from += size;
  }
  store<f32>(a.mean + (item << 2), <f32>(sum / (<f64>a.total * <f64>a.area)));
}

@unmanaged
class PatchCells {
  /** [N][total][channels][patch][patch]. */
  patches: usize;
  /** [N][channels], subtracted: in float32 equal patches would else seem apart. */
  mean: usize;
  /** [N][`sampleCells` bytes]; this grid's from its address on: [panels][cells][depth][lanes]. */
  cells: usize;
  /** ‖patch − mean‖², ∞ where there is no patch: [N][`sampleNorms` bytes]; of this grid [panels][rows][lanes]. */
  norms: usize;
  sampleCells: u32;
  sampleNorms: u32;
  total: u32;
  /** The grid's first patch among all. */
  first: u32;
  rows: u32;
  columns: u32;
  channels: u32;
  patch: u32;
  /** Rows of pixels in a cell: the grid's stride, or the patch's side where nothing is shared. */
  cellRows: u32;
  /** Cells that a patch covers as a whole, and the rows that it covers of one more. */
  whole: u32;
  more: u32;
  lanes: u32;
}

/** Numbers that `rows` rows of pixels have in a column of patches, made even. */
@inline
function depthOf(a: PatchCells, rows: u32): u32 {
  const depth = rows * a.channels * a.patch;
  return depth + (depth & 1);
}

/**
 * Cells of a grid of patches: patches that overlap share rows of pixels, so that these are packed once, as cells of as
 * many rows as the stride has. A patch covers `whole` cells and the first `more` rows of another one, which therefore
 * come first in every cell. A panel is `lanes` neighbouring columns of patches. item = [sample][panel].
 */
export function packPatches(item: u32, args: usize): void {
  const a = changetype<PatchCells>(args);
  const panels = (a.columns + a.lanes - 1) / a.lanes;
  const sample = item / panels;
  const firstColumn = (item % panels) * a.lanes;
  const lanes = min(a.lanes, a.columns - firstColumn);
  const step = <usize>a.lanes << 2;
  const cells = a.rows + a.whole - (a.more > 0 ? 0 : 1);
  const lineBytes = a.channels * a.patch * step;
  const moreBytes = depthOf(a, a.more) * step;
  const cellBytes = moreBytes + depthOf(a, a.cellRows - a.more) * step;
  const panel = a.cells + sample * a.sampleCells + (item % panels) * cells * cellBytes;
  memory.fill(panel, 0, cells * cellBytes);
  const size = (<usize>a.channels * a.patch * a.patch) << 2;
  for (let cell: u32 = 0; cell < cells; cell++) {
    const row = min(cell, a.rows - 1);
    const patches = a.patches + (<usize>sample * a.total + a.first + row * a.columns + firstColumn) * size;
    for (let line: u32 = 0; line < a.cellRows; line++) {
      const dy = (cell - row) * a.cellRows + line;
      if (dy >= a.patch) break;
      let to = panel + cell * cellBytes;
      to += line < a.more ? line * lineBytes : moreBytes + (line - a.more) * lineBytes;
      for (let channel: u32 = 0; channel < a.channels; channel++) {
        const mean = load<f32>(a.mean + ((sample * a.channels + channel) << 2));
        const from = patches + (((channel * a.patch + dy) * a.patch) << 2);
        for (let dx: u32 = 0; dx < a.patch; dx++) {
          for (let lane: u32 = 0; lane < lanes; lane++) {
            store<f32>(to + (lane << 2), load<f32>(from + lane * size + (dx << 2)) - mean);
          }
          to += step;
        }
      }
    }
  }
  const places = i32x4(0, 1, 2, 3);
  let norms = a.norms + sample * a.sampleNorms + (item % panels) * a.rows * step;
  for (let row: u32 = 0; row < a.rows; row++) {
    for (let lane: usize = 0; lane < step; lane += 16) {
      let cell = panel + row * cellBytes + lane;
      let norm = f32x4.splat(0);
      for (let i: u32 = 0; i < a.whole; i++) {
        const first = squaredNorms(cell, depthOf(a, a.more), step);
        norm = f32x4.add(norm, f32x4.add(squaredNorms(cell + moreBytes, depthOf(a, a.cellRows - a.more), step), first));
        cell += cellBytes;
      }
      norm = f32x4.add(norm, squaredNorms(cell, depthOf(a, a.more), step));
      const missing = i32x4.ge_u(i32x4.add(i32x4.splat(<i32>lane >> 2), places), i32x4.splat(lanes));
      v128.store(norms + lane, v128.bitselect(f32x4.splat(Infinity), norm, missing));
    }
    norms += step;
  }
}

/** Σ v² of four columns, rounded just as `multiplyPanels` does, so that a patch is at distance 0 from itself. */
function squaredNorms(column: usize, depth: u32, step: usize): v128 {
  let total = f32x4.splat(0);
  for (let first: u32 = 0; first < depth; first += STRETCH) {
    let sum = f32x4.splat(0);
    const end = min(depth, first + STRETCH);
    for (let i = first; i < end; i++) {
      const value = v128.load(column);
      sum = madd(value, value, sum);
      column += step;
    }
    total = f32x4.add(total, sum);
  }
  return total;
}
