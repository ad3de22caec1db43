import { elementCount } from '../../tensor/tensor.ts';
import type { Constants } from '../../tensor/webgpu/shader.ts';
import { flatWorkgroups, type GpuStep, type GpuTensor } from '../../tensor/webgpu/step.ts';
import { bounds, type Stabilizer } from '../quotient/attributes.ts';
import type { LayerEpilogue } from './epilogue.ts';
import { isPlain, mapTable, outputParts, type WeightMaps } from './maps.ts';

/** What is done to each result of a layer before it is written: `epilogue.wgsl`. */
export interface Epilogue {
  readonly kind: LayerEpilogue | 'product';
  /** The stacked bias. */
  readonly bias?: GpuTensor | undefined;
  /** R of a quotient, a of a product. */
  readonly other?: GpuTensor | undefined;
}

/** How the channels of a result are stacked, and the positions of each. */
export interface EpilogueLayout {
  readonly parts: number;
  readonly groups: number;
  /** Plain channels of one group. */
  readonly groupChannels: number;
  readonly plane: number;
}

export function stabilizerConstants(stabilizer: Stabilizer): Constants {
  return { STABILIZER: bounds(stabilizer) ? 1 : 0, EPSILON: stabilizer.epsilon };
}

/** Constants of `epilogue.wgsl`. */
export function epilogueConstants({ kind, bias }: Epilogue, layout: EpilogueLayout): Constants {
  const quotient = typeof kind === 'object' ? kind : { scales: [], stabilizer: NO_STABILIZER };
  return {
    EPILOGUE: typeof kind === 'object' ? 2 : { none: 0, relu: 1, product: 3 }[kind],
    HAS_BIAS: bias !== undefined,
    PARTS: layout.parts,
    GROUPS: layout.groups,
    GROUP_CHANNELS: layout.groupChannels,
    PLANE: layout.plane,
    SCALE_0: quotient.scales[0] ?? 1,
    SCALE_1: quotient.scales[1] ?? 1,
    ...stabilizerConstants(quotient.stabilizer),
  };
}

const NO_STABILIZER: Stabilizer = { kind: 'absolute', epsilon: 0 };

/** Tensors of `epilogue.wgsl`; where there is none, one zero. */
export function epilogueBindings(step: GpuStep, { bias, other }: Epilogue): Record<'bias' | 'other', GpuTensor> {
  const nothing = step.table(new Float32Array(1));
  return { bias: bias ?? nothing, other: other ?? nothing };
}

/** An epilogue that does nothing: partial sums are written as they are. */
export const NO_EPILOGUE: Epilogue = { kind: 'none' };

/** Whether a quotient can be done to each result on its own: with few parts, and no norm of the whole output. */
export function isFusible(kind: Epilogue['kind']): boolean {
  return typeof kind !== 'object' || (kind.stabilizer.kind !== 'relative' && kind.scales.length <= 2);
}

/** The stacked bias of a bias [C]: the bias itself where nothing changes it. */
export function stackedBias(step: GpuStep, bias: GpuTensor, maps: WeightMaps, groups: number): GpuTensor {
  if (isPlain(maps)) return bias;
  const channels = bias.shape[0]!;
  const parts = outputParts(maps);
  const output = step.scratch([channels * parts], 'stacked bias');
  const first = step.table(mapTable(maps.map((row) => [row[0]!])));
  step.dispatch('map-bias', {
    constants: { COUNT: channels * parts, PARTS: parts, GROUP_CHANNELS: channels / groups },
    bindings: { bias, maps: first, output },
    workgroups: flatWorkgroups(channels * parts),
  });
  return output;
}

/** Sums in splits, [splits, N, stacked channels, ...]. */
export interface PartialSums {
  readonly tensor: GpuTensor;
  readonly splits: number;
}

/**
 * Adds the splits of a result in order and finishes it. Where the sums are those of several results, `allParts` in all,
 * the result's own parts are those from `firstPart` on.
 */
export function sumSplits(
  step: GpuStep,
  { tensor, splits }: PartialSums,
  output: GpuTensor,
  epilogue: Epilogue,
  layout: EpilogueLayout,
  { firstPart, allParts } = { firstPart: 0, allParts: layout.parts },
): void {
  const count = elementCount(output.shape);
  step.dispatch('sum-splits', {
    constants: {
      COUNT: count,
      SPLITS: splits,
      FIRST_PART: firstPart,
      ALL_PARTS: allParts,
      ...epilogueConstants(epilogue, layout),
    },
    bindings: { partial: tensor, output, ...epilogueBindings(step, epilogue) },
    workgroups: flatWorkgroups(count),
  });
}
