import type { TensorSource } from '../../tensor/source.ts';
import { toFloat32 } from '../../tensor/source.ts';
import { type Address, type Argument, float, type WasmStep } from '../../tensor/wasm/step.ts';
import type { Quotient } from '../quotient/operation.ts';
import { inputParts, mapBias, outputParts, type Parts, stackedChannel, type WeightMaps } from './maps.ts';

/** What follows a product before it is stored (class `Finish` in wasm/finish.ts). */
export type Epilogue =
  | 'none'
  | 'relu'
  | { readonly quotient: Quotient; readonly relevance: Address }
  | { readonly product: Address };

export interface FinishedOutput {
  readonly groups: number;
  /** Stacked channels, and positions of each. */
  readonly channels: number;
  readonly positions: number;
  readonly maps: WeightMaps;
  readonly bias: TensorSource | undefined;
  readonly epilogue: Epilogue;
}

/** The first arguments of a product's kernel. */
export function finishArguments(step: WasmStep, output: FinishedOutput): Argument[] {
  const { channels, positions, epilogue } = output;
  if (typeof epilogue === 'object' && 'quotient' in epilogue) {
    const { scales, stabilizer } = epilogue.quotient;
    const table = channelTable(step, { ...output, scales });
    const sample = (channels / scales.length) * positions;
    return [stabilizer.kind === 'clip' ? 3 : 2, epilogue.relevance, sample, table, float(stabilizer.epsilon)];
  }
  const table = channelTable(step, { ...output, scales: undefined });
  if (typeof epilogue === 'object') return [4, epilogue.product, channels * positions, table, 0];
  return [epilogue === 'relu' ? 1 : 0, 0, 0, table, 0];
}

export interface ChannelTable extends Pick<FinishedOutput, 'channels' | 'groups' | 'maps' | 'bias'> {
  /** Of a quotient, for each part. */
  readonly scales: readonly number[] | undefined;
}

/**
 * {bias, scale, channel of the operand} for each stacked channel (class `Channel` in wasm/finish.ts): a quotient's
 * operand R has plain channels, other operands have stacked ones.
 */
export function channelTable(step: WasmStep, { channels, groups, maps, bias, scales }: ChannelTable): Address {
  const table = new DataView(new ArrayBuffer(12 * channels));
  const biases = bias && mapBias({ shape: bias.shape, data: toFloat32(bias) }, maps, groups);
  const parts = scales ?? [1];
  const layout: Parts = { parts: parts.length, groups, channels: channels / parts.length };
  for (const [part, scale] of parts.entries()) {
    for (let channel = 0; channel < layout.channels; channel++) {
      const stacked = stackedChannel(layout, part, channel);
      table.setFloat32(12 * stacked, biases?.[stacked] ?? 0, true);
      table.setFloat32(12 * stacked + 4, scale, true);
      table.setUint32(12 * stacked + 8, channel, true);
    }
  }
  return step.table(new Uint32Array(table.buffer));
}

/** Coefficients {positive, negative, square, one} of each map, [P][Q], for the kernels that read weights. */
export function mapsTable(step: WasmStep, maps: WeightMaps): Address {
  const coefficients = maps.flat().flatMap((map) => {
    if (map.kind === 'signed') return [map.positive, map.negative, 0, 0];
    return map.kind === 'square' ? [0, 0, 1, 0] : [0, 0, 0, 1];
  });
  return step.table(Float32Array.from(coefficients));
}

/** Names what {@link mapsTable} holds, for the cache of packed weights. */
export function mapsKey(maps: WeightMaps): string {
  const name = (row: WeightMaps[number]) =>
    row.map((map) => (map.kind === 'signed' ? `${map.positive}/${map.negative}` : map.kind)).join(',');
  return `${outputParts(maps)}×${inputParts(maps)} ${maps.map(name).join(';')}`;
}
