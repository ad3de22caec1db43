import { Layer, pad, paddedRows, paddedWidth } from './layer';

/** The image is copied with zeros around it first: no question, and the nine taps of a channel written out. */
export function run(args: usize): void {
  const l = changetype<Layer>(args);
  pad(l);
  const stride = paddedWidth(l) << 2;
  const plane = paddedRows(l) * stride;
  for (let k: usize = 0; k < l.outputs; k++) {
    for (let y: usize = 0; y < l.height; y++) {
      for (let x: usize = 0; x < l.width; x++) {
        let sum: f32 = 0;
        let w = l.weights + ((k * l.channels * 9) << 2);
        let top = l.scratch + y * stride + (x << 2);
        for (let c: usize = 0; c < l.channels; c++) {
          const middle = top + stride;
          const bottom = middle + stride;
          sum += load<f32>(w) * load<f32>(top);
          sum += load<f32>(w, 4) * load<f32>(top, 4);
          sum += load<f32>(w, 8) * load<f32>(top, 8);
          sum += load<f32>(w, 12) * load<f32>(middle);
          sum += load<f32>(w, 16) * load<f32>(middle, 4);
          sum += load<f32>(w, 20) * load<f32>(middle, 8);
          sum += load<f32>(w, 24) * load<f32>(bottom);
          sum += load<f32>(w, 28) * load<f32>(bottom, 4);
          sum += load<f32>(w, 32) * load<f32>(bottom, 8);
          w += 36;
          top += plane;
        }
        store<f32>(l.result + (((k * l.height + y) * l.width + x) << 2), sum);
      }
    }
  }
}
