import type { TensorSource } from '../../tensor/source.ts';
import { toFloat32 } from '../../tensor/source.ts';
import { type Address, type Argument, float, type WasmStep } from '../../tensor/wasm/step.ts';
import { inputParts, mapBias, outputParts, type Parts, stackedChannel, type WeightMaps } from '../maps.ts';
import type { Quotient } from '../quotient.ts';

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
  const { channels, positions, groups, maps, epilogue } = output;
  const quotient = typeof epilogue === 'object' && 'quotient' in epilogue ? epilogue.quotient : undefined;
  const table = new DataView(new ArrayBuffer(12 * channels));
  const bias = output.bias && mapBias({ shape: output.bias.shape, data: toFloat32(output.bias) }, maps, groups);
  for (let channel = 0; channel < channels; channel++) {
    table.setFloat32(12 * channel, bias?.[channel] ?? 0, true);
    table.setUint32(12 * channel + 8, channel, true);
  }
  if (quotient !== undefined) {
    const layout: Parts = { parts: quotient.scales.length, groups, channels: channels / quotient.scales.length };
    for (const [part, scale] of quotient.scales.entries()) {
      for (let channel = 0; channel < layout.channels; channel++) {
        const stacked = stackedChannel(layout, part, channel);
        table.setFloat32(12 * stacked + 4, scale, true);
        table.setUint32(12 * stacked + 8, channel, true);
      }
    }
  }
  const address = step.table(new Uint32Array(table.buffer));
  if (quotient !== undefined && typeof epilogue === 'object' && 'relevance' in epilogue) {
    const { kind, epsilon } = quotient.stabilizer;
    const sample = (channels / quotient.scales.length) * positions;
    return [kind === 'clip' ? 3 : 2, epilogue.relevance, sample, address, float(epsilon)];
  }
  if (typeof epilogue === 'object' && 'product' in epilogue) {
    return [4, epilogue.product, channels * positions, address, 0];
  }
  return [epilogue === 'relu' ? 1 : 0, 0, 0, address, 0];
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
