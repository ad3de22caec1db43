import { multiplyPanels, STRETCH } from './panel';
import { madd } from './vector';

@unmanaged
class PatchGrid {
  image: usize;
  /** [N][total][C·patch²]. */
  y: usize;
  /** The image's first patch among all, and their number in a sample. */
  first: u32;
  total: u32;
  channels: u32;
  height: i32;
  width: i32;
  rows: u32;
  columns: u32;
  patch: i32;
  stride: i32;
  /** How far patches reach over the border, where the image is reflected. */
  offset: i32;
}

/** The pixel that stands at `index`, up to `reach` outside an axis of `side` pixels. */
@inline
function reflected(index: i32, side: i32, reach: i32): i32 {
  if (side <= reach) return min(max(index, 0), side - 1);
  const folded = abs(index);
  return folded < side ? folded : 2 * (side - 1) - folded;
}

/** The patches of one row of the grid: part = [sample][row]. */
export function patches(part: u32, args: usize): void {
  const a = changetype<PatchGrid>(args);
  const sample = part / a.rows;
  const row = <i32>(part % a.rows) * a.stride - a.offset;
  const size = <usize>(a.channels * a.patch * a.patch) << 2;
  let to = a.y + (<usize>sample * a.total + a.first + (part % a.rows) * a.columns) * size;
  for (let patch: u32 = 0; patch < a.columns; patch++) {
    const column = <i32>patch * a.stride - a.offset;
    const inside = column >= 0 && column + a.patch <= a.width;
    for (let channel: u32 = 0; channel < a.channels; channel++) {
      const plane = a.image + ((<usize>(sample * a.channels + channel) * a.height * a.width) << 2);
      for (let dy = 0; dy < a.patch; dy++) {
        const line = plane + ((reflected(row + dy, a.height, a.offset) * a.width) << 2);
        for (let dx = 0; dx < a.patch; dx++) {
          const x = inside ? column + dx : reflected(column + dx, a.width, a.offset);
          store<f32>(to, load<f32>(line + (x << 2)));
          to += 4;
        }
      }
    }
  }
}

@unmanaged
class PatchPanels {
  /** [N][count][length]. */
  patches: usize;
  /** [N][length], subtracted: in float32 equal patches would else seem apart. */
  mean: usize;
  /** [N][panels][depth][lanes]. */
  packed: usize;
  /** ‖patch − mean‖², [N][panels][lanes]. */
  norms: usize;
  count: u32;
  length: u32;
  panels: u32;
  /** `length`, made even. */
  depth: u32;
  lanes: u32;
}

/** The mean of a sample's patches. part = sample. */
export function meanPatch(part: u32, args: usize): void {
  const a = changetype<PatchPanels>(args);
  const mean = a.mean + ((part * a.length) << 2);
  memory.fill(mean, 0, a.length << 2);
  let from = a.patches + ((<usize>part * a.count * a.length) << 2);
  for (let patch: u32 = 0; patch < a.count; patch++) {
    for (let i: usize = 0; i < a.length << 2; i += 4) store<f32>(mean + i, load<f32>(mean + i) + load<f32>(from + i));
    from += a.length << 2;
  }
  for (let i: usize = 0; i < a.length << 2; i += 4) store<f32>(mean + i, load<f32>(mean + i) / <f32>a.count);
}

/** part = [sample][panel]. */
export function packPatches(part: u32, args: usize): void {
  const a = changetype<PatchPanels>(args);
  const sample = part / a.panels;
  const first = (part % a.panels) * a.lanes;
  const mean = a.mean + ((sample * a.length) << 2);
  const step = a.lanes << 2;
  const panel = a.packed + <usize>part * a.depth * step;
  memory.fill(panel, 0, <usize>a.depth * step);
  const lanes = min(a.lanes, a.count - first);
  for (let lane: u32 = 0; lane < lanes; lane++) {
    const patch = a.patches + ((<usize>(sample * a.count + first + lane) * a.length) << 2);
    let to = panel + (lane << 2);
    for (let i: usize = 0; i < a.length << 2; i += 4) {
      store<f32>(to, load<f32>(patch + i) - load<f32>(mean + i));
      to += step;
    }
  }
  const norms = a.norms + part * step;
  for (let at: usize = 0; at < step; at += 16) v128.store(norms + at, squaredNorms(panel + at, a.depth, step));
}

/** Σ v² of four columns, rounded just as {@link multiplyPanels} does, so that a patch is at distance 0 from itself. */
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

@unmanaged
class PatchSaliency {
  /** Queries [N][panels][depth][4] and candidates [N][panels][depth][8], packed, with their squared norms. */
  queries: usize;
  candidates: usize;
  queryNorms: usize;
  candidateNorms: usize;
  /** (y, x) of each. */
  queryCentres: usize;
  candidateCentres: usize;
  /** [N][queries]. */
  y: usize;
  queryCount: u32;
  candidateCount: u32;
  queryPanels: u32;
  candidatePanels: u32;
  depth: u32;
  length: f32;
  nearest: u32;
  positionWeight: f32;
  panelsPerPart: u32;
}

/** Panels of candidates that stay in cache while all of a part's queries pass by. */
const CANDIDATES_AT_ONCE: u32 = 16;
/** Vectors of running minima in {@link meanOfNearest}. */
const MINIMA: u32 = 32;

/** Saliency of a block of queries: their distances to all candidates, then the mean of the nearest. part = [sample][block]. */
export function patchSaliency(part: u32, args: usize, scratch: usize): void {
  const a = changetype<PatchSaliency>(args);
  const blocks = (a.queryPanels + a.panelsPerPart - 1) / a.panelsPerPart;
  const sample = part / blocks;
  const firstPanel = (part % blocks) * a.panelsPerPart;
  const endPanel = min(a.queryPanels, firstPanel + a.panelsPerPart);
  // Scratch: two 4×8 tiles, the squared distances of each query, the minima, the nearest.
  const rows = scratch + 256;
  const rowBytes = (<usize>a.candidatePanels) << 5;
  const minima = rows + a.panelsPerPart * 4 * rowBytes;
  const candidates = a.candidates + ((<usize>sample * a.candidatePanels * a.depth) << 5);
  for (let first: u32 = 0; first < a.candidatePanels; first += CANDIDATES_AT_ONCE) {
    const end = min(a.candidatePanels, first + CANDIDATES_AT_ONCE);
    for (let panel = firstPanel; panel < endPanel; panel++) {
      const left = a.queries + ((<usize>(sample * a.queryPanels + panel) * a.depth) << 4);
      const to = rows + (panel - firstPanel) * 4 * rowBytes;
      for (let candidate = first; candidate < end; candidate++) {
        multiplyPanels(left, candidates + ((<usize>candidate * a.depth) << 5), a.depth, scratch, 32, scratch + 128);
        storeDistances(a, sample, panel * 4, candidate * 8, scratch, to + (candidate << 5), rowBytes);
        storeDistances(a, sample, panel * 4, candidate * 8 + 4, scratch + 16, to + (candidate << 5) + 16, rowBytes);
      }
    }
  }
  const count = min(a.queryCount, endPanel * 4);
  for (let query = firstPanel * 4; query < count; query++) {
    const mean = meanOfNearest(rows + (query - firstPanel * 4) * rowBytes, a.candidatePanels << 1, a.nearest, minima);
    store<f32>(a.y + ((sample * a.queryCount + query) << 2), <f32>1 - NativeMathf.exp(-mean));
  }
}

/**
 * From four products of each of four queries with candidates to squared distances, which order like the distances; ∞
 * where there is no candidate.
 */
function storeDistances(a: PatchSaliency, sample: u32, query: u32, candidate: u32, dots: usize, to: usize, rowBytes: usize): void {
  const norms = v128.load(a.candidateNorms + ((<usize>sample * a.candidatePanels * 8 + candidate) << 2));
  const centres = a.candidateCentres + (candidate << 3);
  const first = v128.load(centres);
  const second = v128.load(centres, 16);
  const y = v128.shuffle<f32>(first, second, 0, 2, 4, 6);
  const x = v128.shuffle<f32>(first, second, 1, 3, 5, 7);
  const lanes = i32x4.add(i32x4.splat(candidate), i32x4(0, 1, 2, 3));
  const missing = i32x4.ge_u(lanes, i32x4.splat(a.candidateCount));
  const infinity = f32x4.splat(Infinity);
  const share = f32x4.splat(<f32>1 / a.length);
  const one = f32x4.splat(1);
  const weight = f32x4.splat(a.positionWeight);
  for (let row: u32 = 0; row < 4; row++) {
    const own = v128.load_splat<f32>(a.queryNorms + ((sample * a.queryPanels * 4 + query + row) << 2));
    const dot = v128.load(dots + (row << 5));
    const squared = f32x4.max(madd(f32x4.splat(-2), dot, f32x4.add(own, norms)), f32x4.splat(0));
    const at = a.queryCentres + ((query + row) << 3);
    const dy = f32x4.sub(y, v128.load_splat<f32>(at));
    const dx = f32x4.sub(x, v128.load_splat<f32>(at, 4));
    const away = f32x4.sqrt(madd(dx, dx, f32x4.mul(dy, dy)));
    const nearer = madd(weight, away, one);
    const distance = f32x4.div(f32x4.mul(squared, share), f32x4.mul(nearer, nearer));
    v128.store(to + row * rowBytes, v128.bitselect(infinity, distance, missing));
  }
}

/**
 * The mean of the square roots of the `nearest` smallest of 4·`vectors` numbers ≥ 0. The `nearest`-th smallest of 128 running minima is no
 * less than the `nearest`-th smallest of all, so that only the few numbers up to it are looked at closely.
 */
function meanOfNearest(row: usize, vectors: u32, nearest: u32, minima: usize): f32 {
  const infinity = f32x4.splat(Infinity);
  for (let i: u32 = 0; i < MINIMA; i++) v128.store(minima + (i << 4), infinity);
  for (let i: u32 = 0; i < vectors; i++) {
    const at = minima + ((i % MINIMA) << 4);
    v128.store(at, f32x4.min(v128.load(at), v128.load(row + (i << 4))));
  }
  const bound = f32x4.splat(smallest(minima, MINIMA, nearest));
  const list = minima + (MINIMA << 4);
  let end = list;
  for (let i: u32 = 0; i < vectors; i++) {
    const values = v128.load(row + (i << 4));
    if (!v128.any_true(f32x4.le(values, bound))) continue;
    for (let lane: usize = 0; lane < 16; lane += 4) {
      const value = load<f32>(row + (i << 4) + lane);
      store<f32>(end, value);
      end += value <= f32x4.extract_lane(bound, 0) ? 4 : 0;
    }
  }
  v128.store(end, infinity);
  const last = smallest(list, <u32>((end - list + 15) >> 4), nearest);
  // Numbers equal to the last one count as often as there is room: their order does not matter.
  let sum: f64 = 0;
  let below: u32 = 0;
  for (let at = list; at < end; at += 4) {
    const value = load<f32>(at);
    if (value < last) {
      sum += <f64>sqrt(value);
      below++;
    }
  }
  return <f32>((sum + <f64>sqrt(last) * <f64>(nearest - below)) / <f64>nearest);
}

/** The `rank`-th smallest of 4·`vectors` numbers ≥ 0 (∞ where there are fewer), by bisection on their bits. */
function smallest(from: usize, vectors: u32, rank: u32): f32 {
  let low: i32 = 0;
  let high: i32 = reinterpret<i32>(<f32>Infinity);
  while (low < high) {
    const middle = (low + high) >>> 1;
    const limit = i32x4.splat(middle);
    let counts = i32x4.splat(0);
    for (let i: u32 = 0; i < vectors; i++) {
      counts = i32x4.sub(counts, i32x4.le_s(v128.load(from + (i << 4)), limit));
    }
    const half = i32x4.extract_lane(counts, 0) + i32x4.extract_lane(counts, 1);
    if (half + i32x4.extract_lane(counts, 2) + i32x4.extract_lane(counts, 3) >= <i32>rank) high = middle;
    else low = middle + 1;
  }
  return reinterpret<f32>(low);
}
