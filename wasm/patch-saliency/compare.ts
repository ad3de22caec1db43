import { meanOfNearest } from './nearest';
import { multiplyPanels, SPARE_BYTES } from '../shared/panel';
import { madd } from '../shared/vector';

@unmanaged
class PatchSaliency {
  /** Cells (see {@link packPatches}) of queries, in panels of 4, and of all images' candidates, in panels of 8. */
  queries: usize;
  candidates: usize;
  /** Their squared norms. */
  queryNorms: usize;
  candidateNorms: usize;
  /** (y, x) of each. */
  queryCentres: usize;
  candidateCentres: usize;
  /** {@link CandidateImage} of each image. */
  images: usize;
  /** [N][rows][columns]. */
  y: usize;
  /** Bytes of a sample's cells and norms. */
  sampleQueries: u32;
  sampleCandidates: u32;
  sampleQueryNorms: u32;
  sampleCandidateNorms: u32;
  imageCount: u32;
  rows: u32;
  columns: u32;
  /** Depth of the first rows of a cell, and of the others; cells of a patch. */
  moreDepth: u32;
  restDepth: u32;
  whole: u32;
  length: f32;
  nearest: u32;
  positionWeight: f32;
  rowsPerItem: u32;
  /** Vectors of a query's distances. */
  vectors: u32;
}

@unmanaged
class CandidateImage {
  rows: u32;
  columns: u32;
  /** Bytes to its cells, its norms, and its centres. */
  cells: u32;
  norms: u32;
  centres: u32;
  /** Bytes to its distances in those of a query: [panel of 8][row][8]. */
  distances: u32;
  /** 1 where patches of one row in both grids are as far apart as those of the next row. */
  alike: u32;
}

/** Bytes of a tile of 4 queries × 8 candidates. */
const TILE: usize = 128;

/**
 * Saliency of a block of queries, four columns by `rowsPerItem` rows: their distances to all candidates, then the mean
 * of the nearest. A query and a candidate, and the two below them, share the products of all rows of pixels but a
 * stride's: along such a diagonal each cell of the one is multiplied by the cell of the other once.
 * item = [sample][panel][block].
 */
export function patchSaliency(item: u32, args: usize, scratch: usize): void {
  const a = changetype<PatchSaliency>(args);
  const panels = (a.columns + 3) / 4;
  const blocks = (a.rows + a.rowsPerItem - 1) / a.rowsPerItem;
  const sample = item / (panels * blocks);
  const panel = (item / blocks) % panels;
  const firstRow = (item % blocks) * a.rowsPerItem;
  const endRow = min(a.rows, firstRow + a.rowsPerItem);
  // Scratch: tiles of position factors, to spare, of zeros, of products of a cell's first rows, and a ring of those of
  // whole cells; then distances.
  const factors = scratch;
  const nothing = scratch + TILE;
  const first = scratch + 2 * TILE;
  const spare = scratch + 3 * TILE;
  const ring = spare + SPARE_BYTES;
  memory.fill(nothing, 0, 2 * TILE);
  const distances = ring + a.whole * TILE;
  const rowBytes = <usize>a.vectors << 4;
  const queryBytes = <usize>(a.moreDepth + a.restDepth) << 4;
  const candidateBytes = 2 * queryBytes;
  const moreCells = a.whole - (a.moreDepth > 0 ? 0 : 1);
  const queries = a.queries + sample * a.sampleQueries + panel * (a.rows + moreCells) * queryBytes;
  const queryNorms = a.queryNorms + sample * a.sampleQueryNorms + panel * (<usize>a.rows << 4);
  for (let index: u32 = 0; index < a.imageCount; index++) {
    const image = changetype<CandidateImage>(a.images + index * offsetof<CandidateImage>());
    const panelBytes = (image.rows + moreCells) * candidateBytes;
    const panelNorms = <usize>image.rows << 5;
    const imageCells = a.candidates + sample * a.sampleCandidates + image.cells;
    const imageNorms = a.candidateNorms + sample * a.sampleCandidateNorms + image.norms;
    for (let column: u32 = 0; column < (image.columns + 7) / 8; column++) {
      const candidates = imageCells + column * panelBytes;
      const norms = imageNorms + column * panelNorms;
      const to = distances + image.distances + column * panelNorms;
      for (let down = 1 - <i32>endRow; down < <i32>image.rows - <i32>firstRow; down++) {
        const start = max(<i32>firstRow, -down);
        const end = min(<i32>endRow, <i32>image.rows - down);
        for (let cell = start; cell < end + <i32>a.whole; cell++) {
          let left = queries + cell * queryBytes;
          let right = candidates + (cell + down) * candidateBytes;
          if (a.moreDepth > 0) multiplyPanels(left, right, 32, a.moreDepth, first, 32, spare);
          const row = cell - <i32>a.whole;
          if (row >= start) {
            const candidateRow = row + down;
            if (row == start || !image.alike) {
              const query = a.queryCentres + ((row * a.columns + panel * 4) << 3);
              const candidate = image.centres + ((candidateRow * image.columns + column * 8) << 3);
              positionFactors(a, query, a.candidateCentres + candidate, factors);
            }
            const sum = sumOfCells(ring, <u32>row, a.whole);
            const last = a.whole > 1 ? ring + ((row + a.whole - 1) % a.whole) * TILE : nothing;
            const own = queryNorms + (<usize>row << 4);
            const theirs = norms + (<usize>candidateRow << 5);
            const at = to + (row - firstRow) * 4 * rowBytes + (<usize>candidateRow << 5);
            storeDistances(sum, last, first, factors, own, theirs, at, rowBytes);
          }
          if (cell == end + <i32>a.whole - 1) break;
          const tile = ring + (<u32>cell % a.whole) * TILE;
          left += <usize>a.moreDepth << 4;
          right += <usize>a.moreDepth << 5;
          multiplyPanels(left, right, 32, a.restDepth, tile, 32, spare);
          if (a.moreDepth > 0) addTile(first, tile);
        }
      }
    }
  }
  const lanes = min(4, a.columns - panel * 4);
  for (let row = firstRow; row < endRow; row++) {
    for (let lane: u32 = 0; lane < lanes; lane++) {
      const own = distances + ((row - firstRow) * 4 + lane) * rowBytes;
      const mean = meanOfNearest(own, a.vectors, a.nearest, distances + a.rowsPerItem * 4 * rowBytes);
      const y = a.y + (((sample * a.rows + row) * a.columns + panel * 4 + lane) << 2);
      store<f32>(y, <f32>1 - NativeMathf.exp(-mean));
    }
  }
}

function addTile(tile: usize, to: usize): void {
  for (let at: usize = 0; at < TILE; at += 16) {
    v128.store(to + at, f32x4.add(v128.load(to + at), v128.load(tile + at)));
  }
}

/** The tile of the first of a patch's whole cells, to which all but the last are added. It is not needed afterwards. */
@inline
function sumOfCells(ring: usize, first: u32, whole: u32): usize {
  const sum = ring + (first % whole) * TILE;
  for (let i: u32 = 1; i + 1 < whole; i++) addTile(ring + ((first + i) % whole) * TILE, sum);
  return sum;
}

/** 1 / (D·(1 + c·d_pos)²) of four queries and eight candidates. */
function positionFactors(a: PatchSaliency, queries: usize, candidates: usize, to: usize): void {
  const one = f32x4.splat(1);
  const weight = f32x4.splat(a.positionWeight);
  const length = f32x4.splat(a.length);
  for (let half: usize = 0; half < 32; half += 16) {
    const first = v128.load(candidates + 2 * half);
    const second = v128.load(candidates + 2 * half, 16);
    const y = v128.shuffle<f32>(first, second, 0, 2, 4, 6);
    const x = v128.shuffle<f32>(first, second, 1, 3, 5, 7);
    for (let row: usize = 0; row < 4; row++) {
      const dy = f32x4.sub(y, v128.load_splat<f32>(queries + (row << 3)));
      const dx = f32x4.sub(x, v128.load_splat<f32>(queries + (row << 3), 4));
      const nearer = madd(weight, f32x4.sqrt(madd(dx, dx, f32x4.mul(dy, dy))), one);
      v128.store(to + (row << 5) + half, f32x4.div(one, f32x4.mul(length, f32x4.mul(nearer, nearer))));
    }
  }
}

/**
 * From the products of a patch's cells, three tiles, to squared distances, which order like the distances. The cells are
 * added in the patch's order, as {@link packPatches} adds their norms; the norm of a missing candidate is ∞.
 */
function storeDistances(
  sum: usize,
  last: usize,
  more: usize,
  factors: usize,
  queryNorms: usize,
  norms: usize,
  to: usize,
  rowBytes: usize,
): void {
  const norms0 = v128.load(norms);
  const norms1 = v128.load(norms, 16);
  const zero = f32x4.splat(0);
  const minusTwo = f32x4.splat(-2);
  for (let end = queryNorms + 16; queryNorms < end; queryNorms += 4) {
    const own = v128.load_splat<f32>(queryNorms);
    const dot0 = f32x4.add(f32x4.add(v128.load(sum), v128.load(last)), v128.load(more));
    const squared0 = f32x4.max(madd(minusTwo, dot0, f32x4.add(own, norms0)), zero);
    v128.store(to, f32x4.mul(squared0, v128.load(factors)));
    const dot1 = f32x4.add(f32x4.add(v128.load(sum, 16), v128.load(last, 16)), v128.load(more, 16));
    const squared1 = f32x4.max(madd(minusTwo, dot1, f32x4.add(own, norms1)), zero);
    v128.store(to, f32x4.mul(squared1, v128.load(factors, 16)), 16);
    sum += 32;
    last += 32;
    more += 32;
    factors += 32;
    to += rowBytes;
  }
}
