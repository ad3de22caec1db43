import { type TensorSource, toFloat32 } from '../../tensor/source.ts';
import { type Address, type Argument, float, type WasmStep } from '../../tensor/wasm/step.ts';
import { bounds, type Quotient } from '../quotient/attributes.ts';
import { inputParts, mapBias, mapTable, outputParts, type Parts, stackedChannel, type WeightMaps } from './maps.ts';

/** What follows a product before it is stored (class `Finish` in wasm/shared/epilogue.ts). */
export type Epilogue =
  | { readonly kind: 'none' }
  /** max(z, 0), and no more than `limit`. */
  | { readonly kind: 'relu'; readonly limit: number }
  | { readonly kind: 'quotient'; readonly quotient: Quotient; readonly relevance: Address }
  | { readonly kind: 'product'; readonly operand: Address };

export const NO_EPILOGUE: Epilogue = { kind: 'none' };

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
  switch (epilogue.kind) {
    case 'none':
      return [0, 0, 0, channelTable(step, { ...output, scales: undefined }), 0, 0];
    case 'relu':
      return [1, 0, 0, channelTable(step, { ...output, scales: undefined }), 0, float(epilogue.limit)];
    case 'quotient': {
      const { scales, stabilizer } = epilogue.quotient;
      const sample = (channels / scales.length) * positions;
      const table = channelTable(step, { ...output, scales });
      return [bounds(stabilizer) ? 3 : 2, epilogue.relevance, sample, table, float(stabilizer.epsilon), 0];
    }
    case 'product': {
      const table = channelTable(step, { ...output, scales: undefined });
      return [4, epilogue.operand, channels * positions, table, 0, 0];
    }
  }
}

export interface ChannelTable extends Pick<FinishedOutput, 'channels' | 'groups' | 'maps' | 'bias'> {
  /** Of a quotient, for each part. */
  readonly scales: readonly number[] | undefined;
}

/**
 * {bias, scale, channel of the operand} for each stacked channel (class `Channel` in wasm/shared/epilogue.ts): a quotient's
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

/** Names what a table of maps holds, for the cache of packed weights. */
export function mapsKey(maps: WeightMaps): string {
  return `${outputParts(maps)}×${inputParts(maps)} ${mapTable(maps).join()}`;
}
