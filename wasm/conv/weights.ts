import { mappedWeight } from '../shared/weight-map';
import { winogradWeights } from './winograd-weights';

/**
 * A layer's weights as the left matrix of a product. Rows are the stacked outputs of a group, depth its stacked inputs
 * and their taps; where `transposed`, rows are the inputs, depth the outputs, and the taps are turned around.
 */
@unmanaged
class Weights {
  /** As stored, [Co, Ci/groups, taps]. */
  raw: usize;
  packed: usize;
  /** A map {positive, negative, square, one} for each pair of parts, [rowParts][depthParts] (also where transposed). */
  maps: usize;
  transposed: u32;
  rowParts: u32;
  /** Plain channels of a group in a part. */
  rowChannels: u32;
  depthParts: u32;
  depthChannels: u32;
  taps: u32;
  /** Panels of rows in a group. */
  rowPanels: u32;
  /** Depth of a packed panel, even. */
  depth: u32;
  /** Outputs along a side of a Winograd tile. */
  tile: u32;
}

/** Address of the first tap of the weight between a stacked row and a stacked depth channel of a group; 0 outside. */
@inline
function rawWeight(a: Weights, group: u32, row: u32, column: u32): usize {
  const rowChannel = row % a.rowChannels;
  const depthChannel = column % a.depthChannels;
  const at = a.transposed
    ? (group * a.depthChannels + depthChannel) * a.rowChannels + rowChannel
    : (group * a.rowChannels + rowChannel) * a.depthChannels + depthChannel;
  return a.raw + ((<usize>(at * a.taps)) << 2);
}

@inline
function mapOf(a: Weights, row: u32, column: u32): usize {
  return a.maps + ((row / a.rowChannels) * a.depthParts + column / a.depthChannels) * 16;
}

/** Packs panel `item` of [group][rowPanel]: [depth][4], depth = (channel, tap), padded with zeros. */
export function packWeights(item: u32, args: usize): void {
  const a = changetype<Weights>(args);
  const group = item / a.rowPanels;
  const firstRow = (item % a.rowPanels) * 4;
  const rows = a.rowParts * a.rowChannels;
  const panel = a.packed + (<usize>item * a.depth) * 16;
  memory.fill(panel, 0, <usize>a.depth * 16);
  const channels = a.depthParts * a.depthChannels;
  for (let r: u32 = 0; r < 4; r++) {
    const row = firstRow + r;
    if (row >= rows) break;
    for (let channel: u32 = 0; channel < channels; channel++) {
      const raw = rawWeight(a, group, row, channel);
      const map = mapOf(a, row, channel);
      const to = panel + ((<usize>(channel * a.taps)) << 4) + (r << 2);
      for (let tap: u32 = 0; tap < a.taps; tap++) {
        const from = a.transposed ? a.taps - 1 - tap : tap;
        store<f32>(to + ((<usize>tap) << 4), mappedWeight(map, load<f32>(raw + (from << 2))));
      }
    }
  }
}

/** Packs the Winograd transforms of panel `item` of [group][rowPanel] to [group][(m+2)²][rowPanel][depth][4]. */
export function packWinograd(item: u32, args: usize, scratch: usize): void {
  const a = changetype<Weights>(args);
  const group = item / a.rowPanels;
  const panel = item % a.rowPanels;
  const rows = a.rowParts * a.rowChannels;
  const channels = a.depthParts * a.depthChannels;
  const stride = (<usize>a.rowPanels * a.depth) << 4;
  const positions = (a.tile + 2) * (a.tile + 2);
  const first = a.packed + ((<usize>group * positions * a.rowPanels + panel) * a.depth << 4);
  for (let position: usize = 0; position < positions; position++) memory.fill(first + position * stride, 0, <usize>a.depth << 4);
  // Scratch: nine vectors of taps, whose lanes are the panel's rows, then 6×3 between the transform's two passes.
  memory.fill(scratch, 0, 144);
  const count = min(4, rows - panel * 4);
  for (let channel: u32 = 0; channel < channels; channel++) {
    for (let r: u32 = 0; r < count; r++) {
      const row = panel * 4 + r;
      const raw = rawWeight(a, group, row, channel);
      const map = mapOf(a, row, channel);
      const to = scratch + (r << 2);
      for (let tap: u32 = 0; tap < 9; tap++) {
        const from = a.transposed ? 8 - tap : tap;
        store<f32>(to + (tap << 4), mappedWeight(map, load<f32>(raw + (from << 2))));
      }
    }
    winogradWeights(a.tile, scratch, first + ((<usize>channel) << 4), stride);
  }
}

/** Packs the weights of a transposed layer for {@link foldColumns}: rows = (input channel, tap), depth = outputs. */
export function packFold(item: u32, args: usize): void {
  const a = changetype<Weights>(args);
  const group = item / a.rowPanels;
  const panel = a.packed + (<usize>item * a.depth) * 16;
  memory.fill(panel, 0, <usize>a.depth * 16);
  const rows = a.rowParts * a.rowChannels * a.taps;
  const channels = a.depthParts * a.depthChannels;
  for (let r: u32 = 0; r < 4; r++) {
    const row = (item % a.rowPanels) * 4 + r;
    if (row >= rows) break;
    for (let channel: u32 = 0; channel < channels; channel++) {
      const weight = load<f32>(rawWeight(a, group, row / a.taps, channel) + ((row % a.taps) << 2));
      store<f32>(panel + ((<usize>channel) << 4) + (r << 2), mappedWeight(mapOf(a, row / a.taps, channel), weight));
    }
  }
}
