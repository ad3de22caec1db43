import { float, plus, type WasmStep } from '../../tensor/wasm/step.ts';
import type { GridExtent, PatchSaliencyAttributes } from './attributes.ts';

/** Columns of queries and of candidates in a tile. */
const QUERY_LANES = 4;
const CANDIDATE_LANES = 8;
const TILE_BYTES = 4 * QUERY_LANES * CANDIDATE_LANES;
/** Rows of queries in an item: its distances, to every candidate, stay in a core's own cache. */
const ROWS_PER_ITEM = 8;
/** Bytes of running minima: see wasm/patch-saliency.ts. */
const MINIMA_BYTES = 512;

/** Packs queries and candidates for products of matrices, then computes a block of queries at a time. */
export function planPatchSaliency(step: WasmStep, attributes: PatchSaliencyAttributes): boolean {
  const [batch, queryCount, length] = step.inputs[0] as readonly [number, number, number];
  const candidateCount = step.inputs[2]![1]!;
  const { nearest, positionWeight } = attributes;
  const { patch, strides, queries, candidates } = attributes.grids ?? {
    patch: 1,
    strides: [1, 1],
    queries: { rows: 1, columns: queryCount },
    candidates: [{ rows: 1, columns: candidateCount, alike: false }],
  };
  const channels = length / patch ** 2;
  const shared = strides[0] === strides[1] && strides[0] < patch;
  const cellRows = shared ? strides[0] : patch;
  const [whole, more] = [Math.floor(patch / cellRows), patch % cellRows];
  const [moreDepth, restDepth] = [more, cellRows - more].map(
    (rows) => 2 * Math.ceil((rows * channels * patch) / 2),
  ) as [number, number];
  const bytesOf = ({ rows, columns }: GridExtent, lanes: number) => {
    const panels = Math.ceil(columns / lanes);
    const cells = rows + whole - (more > 0 ? 0 : 1);
    return { cells: 4 * panels * cells * (moreDepth + restDepth) * lanes, norms: 4 * panels * rows * lanes };
  };
  const mean = step.scratch(4 * batch * channels);
  step.task('meanPatch', batch * channels, [step.input(2), mean, candidateCount, channels, patch ** 2]);
  const pack = (input: number, grids: readonly GridExtent[], lanes: number) => {
    const bytes = grids.map((grid) => bytesOf(grid, lanes));
    const before = (of: 'cells' | 'norms', end: number) => bytes.slice(0, end).reduce((sum, each) => sum + each[of], 0);
    const sample = { cells: before('cells', grids.length), norms: before('norms', grids.length) };
    const [cells, norms] = [step.scratch(batch * sample.cells), step.scratch(batch * sample.norms)];
    let first = 0;
    const places = grids.map((grid, index) => {
      const { rows, columns } = grid;
      const place = { cells: before('cells', index), norms: before('norms', index), first };
      step.task('packPatches', batch * Math.ceil(columns / lanes), [
        ...[step.input(input), mean, plus(cells, place.cells), plus(norms, place.norms), sample.cells, sample.norms],
        ...[step.inputs[input]![1]!, first, rows, columns, channels, patch, cellRows, whole, more, lanes],
      ]);
      first += rows * columns;
      return place;
    });
    return { cells, norms, sample, places };
  };
  const left = pack(0, [queries], QUERY_LANES);
  const right = pack(2, candidates, CANDIDATE_LANES);
  let vectors = 0;
  const images = candidates.flatMap(({ rows, columns, alike }, index) => {
    const { cells, norms, first } = right.places[index]!;
    const distances = 16 * vectors;
    vectors += rows * Math.ceil(columns / CANDIDATE_LANES) * 2;
    return [rows, columns, cells, norms, 8 * first, distances, Number(shared && alike)];
  });
  const blocks = Math.ceil(queries.rows / ROWS_PER_ITEM) * Math.ceil(queries.columns / QUERY_LANES);
  step.threadScratch((11 + whole) * TILE_BYTES + (ROWS_PER_ITEM * QUERY_LANES + 1) * 16 * vectors + MINIMA_BYTES + 64);
  step.task('patchSaliency', batch * blocks, [
    ...[left.cells, right.cells, left.norms, right.norms, step.input(1), step.input(3)],
    ...[step.table(Uint32Array.from(images)), step.output(0)],
    ...[left.sample.cells, right.sample.cells, left.sample.norms, right.sample.norms],
    ...[candidates.length, queries.rows, queries.columns, moreDepth, restDepth, whole, float(length)],
    ...[Math.min(nearest, candidateCount), float(positionWeight), ROWS_PER_ITEM, vectors],
  ]);
  return true;
}
