import { elementCount } from '../../tensor/tensor.ts';
import type { WasmStep } from '../../tensor/wasm/step.ts';
import { type ExpandAttributes, expandValue, expansionParts, type SumPartsAttributes } from './attributes.ts';

/** Plans [N,C,...] → [N,Q·C,...]. */
export function planExpandParts(step: WasmStep, { expansion, groups }: ExpandAttributes): boolean {
  const { blocks, channels, positions } = blocksOf(step.inputs[0]!, groups, expansion.kind !== 'box');
  const parts = expansionParts(expansion);
  const table = Array.from({ length: groups * parts * channels }, (_, index) => {
    const [group, part] = [Math.floor(index / (parts * channels)), Math.floor(index / channels) % parts];
    const value = (x: number) => expandValue(expansion, part, x, group * channels + (index % channels));
    return [value(1) - value(0), value(0)];
  });
  const address = expansion.kind === 'signs' ? 0 : step.table(Float32Array.from(table.flat()));
  const args = [step.input(0), step.output(0), address, groups, parts, channels, positions];
  step.task('expandParts', blocks * channels, args);
  return true;
}

/** Plans [N,Q·C,...] → [N,C,...]. */
export function planSumParts(step: WasmStep, { parts, groups }: SumPartsAttributes): boolean {
  const { blocks, channels, positions } = blocksOf(step.outputs[0]!, groups, true);
  const args = [step.input(0), step.output(0), 0, groups, parts, channels, positions];
  step.task('sumParts', blocks * channels, args);
  return true;
}

/**
 * Blocks [N·groups] of plain channels. Where all channels are treated alike, and a block's channels lie behind one
 * another anyway, a block counts as a few long channels.
 */
function blocksOf(shape: readonly number[], groups: number, alike: boolean) {
  const [batch, channels, ...spatial] = shape as [number, number, ...number[]];
  const positions = elementCount(spatial);
  if (!alike || positions >= 1024) return { blocks: batch * groups, channels: channels / groups, positions };
  return { blocks: batch * groups, channels: 1, positions: (channels / groups) * positions };
}
