import { type TensorSource, toFloat32 } from '../../tensor/source.ts';
import { type Address, type Argument, float, type WasmStep } from '../../tensor/wasm/step.ts';
import { bounds, type Quotient } from '../quotient/attributes.ts';
import {
  inputParts,
  mapBias,
  mapTable,
  outputParts,
  type Parts,
  signOf,
  stackedChannel,
  type WeightMaps,
} from './maps.ts';

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
  /** Whether maps give the sums their sign, as a convolution's `signed` says. */
  readonly signed: boolean;
}

/** The first arguments of a product's kernel. */
export function finishArguments(step: WasmStep, output: FinishedOutput): Argument[] {
  const { channels, positions, maps, epilogue, signed } = output;
  switch (epilogue.kind) {
    case 'none': {
      const scales = maps.map(() => 1);
      return [0, 0, 0, channelTable(step, signed ? { ...output, scales, ranges: rangesOf(maps) } : output), 0];
    }
    case 'relu':
      return [0, 0, 0, channelTable(step, { ...output, ranges: [[0, epilogue.limit]] }), 0];
    case 'quotient': {
      const { scales, stabilizer } = epilogue.quotient;
      const sample = (channels / scales.length) * positions;
      const table = channelTable(step, { ...output, scales, ranges: signed ? rangesOf(maps) : undefined });
      return [bounds(stabilizer) ? 2 : 1, epilogue.relevance, sample, table, float(stabilizer.epsilon)];
    }
    case 'product':
      return [3, epilogue.operand, channels * positions, channelTable(step, output), 0];
  }
}

export interface ChannelTable extends Pick<FinishedOutput, 'channels' | 'groups' | 'maps' | 'bias'> {
  /** Of a quotient, for each part. */
  readonly scales?: readonly number[];
  /** For each part, what its results are held between; without, all numbers. */
  readonly ranges?: readonly Range[] | undefined;
}

type Range = readonly [low: number, high: number];

const ALL: Range = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
/** By the sign of a part's sums. */
const RANGES = { 1: [0, ALL[1]], [-1]: [ALL[0], 0], 0: ALL } as const;
const rangesOf = (maps: WeightMaps) => maps.map((row): Range => RANGES[signOf(row)]);

/** Bytes of a `Channel`. */
const CHANNEL_BYTES = 20;

/**
 * {bias, scale, channel of the operand, range} for each stacked channel (class `Channel` in wasm/shared/epilogue.ts): a
 * quotient's operand R has plain channels, other operands have stacked ones.
 */
export function channelTable(step: WasmStep, { channels, groups, maps, bias, scales, ranges }: ChannelTable): Address {
  const table = new DataView(new ArrayBuffer(CHANNEL_BYTES * channels));
  const biases = bias && mapBias({ shape: bias.shape, data: toFloat32(bias) }, maps, groups);
  const parts = scales ?? [1];
  const layout: Parts = { parts: parts.length, groups, channels: channels / parts.length };
  for (const [part, scale] of parts.entries()) {
    for (let channel = 0; channel < layout.channels; channel++) {
      const stacked = stackedChannel(layout, part, channel);
      const [low, high] = ranges?.[part] ?? ALL;
      const at = CHANNEL_BYTES * stacked;
      table.setFloat32(at, biases?.[stacked] ?? 0, true);
      table.setFloat32(at + 4, scale, true);
      table.setUint32(at + 8, channel, true);
      table.setFloat32(at + 12, low, true);
      table.setFloat32(at + 16, high, true);
    }
  }
  return step.table(new Uint32Array(table.buffer));
}

/** Names what a table of maps holds, for the cache of packed weights. */
export function mapsKey(maps: WeightMaps): string {
  return `${outputParts(maps)}×${inputParts(maps)} ${mapTable(maps).join()}`;
}
