import { Layer, packFours, pad, paddedRows, paddedWidth } from './layer';
import { multiply } from './panel';

export function pack(args: usize): void {
  packFours(changetype<Layer>(args));
}

/**
 * A matrix product: the windows of eight pixels are written out as a panel [c, tap][8], which every four channels of the
 * output then read from end to end. Pixels are counted through all rows, so that only the last panel has empty lanes.
 */
export function run(args: usize): void {
  const l = changetype<Layer>(args);
  const panel = pad(l);
  const depth = l.channels * 9;
  const tile = panel + (depth << 5);
  const pixels = l.height * l.width;
  for (let first: usize = 0; first < pixels; first += 8) {
    writePanel(l, first, panel);
    const bytes = min<usize>(8, pixels - first) << 2;
    for (let k: usize = 0; k < l.outputs; k += 4) {
      multiply(l.packed + ((k * depth) << 2), panel, depth, tile, 32);
      for (let r: usize = 0; r < 4; r++) {
        memory.copy(l.result + (((k + r) * pixels + first) << 2), tile + (r << 5), bytes);
      }
    }
  }
}

function writePanel(l: Layer, first: usize, panel: usize): void {
  const stride = paddedWidth(l) << 2;
  const plane = paddedRows(l) * stride;
  const last = l.height * l.width - 1;
  for (let lane: usize = 0; lane < 8; lane++) {
    const pixel = min(first + lane, last);
    let from = l.scratch + (pixel / l.width) * stride + ((pixel % l.width) << 2);
    let to = panel + (lane << 2);
    for (let c: usize = 0; c < l.channels; c++) {
      for (let i: usize = 0; i < 3; i++) {
        store<f32>(to, load<f32>(from + i * stride));
        store<f32>(to, load<f32>(from + i * stride, 4), 32);
        store<f32>(to, load<f32>(from + i * stride, 8), 64);
        to += 96;
      }
      from += plane;
    }
  }
}
