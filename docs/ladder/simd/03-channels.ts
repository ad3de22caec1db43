import { Layer, packFours, pad, paddedRows, paddedWidth } from './layer';

export function pack(args: usize): void {
  packFours(changetype<Layer>(args));
}

/** A vector is one pixel in four channels of the output: four weights are one read, and the pixel's number is in all lanes. */
export function run(args: usize): void {
  const l = changetype<Layer>(args);
  pad(l);
  const stride = paddedWidth(l) << 2;
  const plane = paddedRows(l) * stride;
  const result = (l.height * l.width) << 2;
  for (let k: usize = 0; k < l.outputs; k += 4) {
    for (let y: usize = 0; y < l.height; y++) {
      for (let x: usize = 0; x < l.width; x++) {
        let sum = f32x4.splat(0);
        let w = l.packed + ((k * l.channels * 9) << 2);
        let channel = l.scratch + y * stride + (x << 2);
        for (let c: usize = 0; c < l.channels; c++) {
          let row = channel;
          for (let i = 0; i < 3; i++) {
            sum = f32x4.add(sum, f32x4.mul(v128.load(w), v128.load_splat<f32>(row)));
            sum = f32x4.add(sum, f32x4.mul(v128.load(w, 16), v128.load_splat<f32>(row, 4)));
            sum = f32x4.add(sum, f32x4.mul(v128.load(w, 32), v128.load_splat<f32>(row, 8)));
            w += 48;
            row += stride;
          }
          channel += plane;
        }
        const to = l.result + (((k * l.height + y) * l.width + x) << 2);
        v128.store_lane<f32>(to, sum, 0);
        v128.store_lane<f32>(to + result, sum, 1);
        v128.store_lane<f32>(to + 2 * result, sum, 2);
        v128.store_lane<f32>(to + 3 * result, sum, 3);
      }
    }
  }
}
