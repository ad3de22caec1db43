import { type Address, float, type WasmStep } from '../../tensor/wasm/step.ts';
import type { PatchSaliencyAttributes } from '../patch-saliency.ts';
import { type PatchGrid, patchCount } from '../patches.ts';

/** Panels of four queries in a part: its distances, to every candidate, stay in a core's own cache. */
const PANELS_PER_PART = 4;
/** Bytes of running minima: see wasm/patches.ts. */
const MINIMA_BYTES = 512;

export function planPatches(step: WasmStep, grid: PatchGrid): boolean {
  const [batch, total] = step.outputs[0] as readonly [number, number, number];
  const { patch, stride, padding } = grid;
  const offset = padding === 'reflect' ? (patch - 1) / 2 : 0;
  let first = 0;
  for (const [index, image] of step.inputs.entries()) {
    const [, channels, height, width] = image as readonly [number, number, number, number];
    const [rows, columns] = [patchCount(grid, height), patchCount(grid, width)];
    step.task('patches', batch * rows, [
      ...[step.input(index), step.output(0), first, total, channels, height, width, rows, columns],
      ...[patch, stride, offset],
    ]);
    first += rows * columns;
  }
  return true;
}

/** Packs queries and candidates for a product of matrices, then computes a block of queries at a time. */
export function planPatchSaliency(step: WasmStep, { nearest, positionWeight }: PatchSaliencyAttributes): boolean {
  const [batch, queryCount, length] = step.inputs[0] as readonly [number, number, number];
  const candidateCount = step.inputs[2]![1]!;
  const depth = length + (length % 2);
  const mean = step.scratch(4 * batch * length);
  step.task('meanPatch', batch, [step.input(2), mean, 0, 0, candidateCount, length]);
  const pack = (patches: Address, count: number, lanes: number) => {
    const panels = Math.ceil(count / lanes);
    const packed = step.scratch(4 * batch * panels * depth * lanes);
    const norms = step.scratch(4 * batch * panels * lanes);
    step.task('packPatches', batch * panels, [patches, mean, packed, norms, count, length, panels, depth, lanes]);
    return { panels, packed, norms };
  };
  const queries = pack(step.input(0), queryCount, 4);
  const candidates = pack(step.input(2), candidateCount, 8);
  const rowBytes = candidates.panels * 32;
  step.threadScratch(256 + (PANELS_PER_PART * 4 + 1) * rowBytes + MINIMA_BYTES + 64);
  step.task('patchSaliency', batch * Math.ceil(queries.panels / PANELS_PER_PART), [
    ...[queries.packed, candidates.packed, queries.norms, candidates.norms, step.input(1), step.input(3)],
    ...[step.output(0), queryCount, candidateCount, queries.panels, candidates.panels, depth, float(length)],
    ...[Math.min(nearest, candidateCount), float(positionWeight), PANELS_PER_PART],
  ]);
  return true;
}
