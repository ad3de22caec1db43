import { Layer } from './layer';

/** One output after the other, and a question at every tap: does it lie in the image? */
export function run(args: usize): void {
  const l = changetype<Layer>(args);
  for (let k: usize = 0; k < l.outputs; k++) {
    for (let y: usize = 0; y < l.height; y++) {
      for (let x: usize = 0; x < l.width; x++) {
        let sum: f32 = 0;
        for (let c: usize = 0; c < l.channels; c++) {
          for (let i: usize = 0; i < 3; i++) {
            for (let j: usize = 0; j < 3; j++) {
              // Above or left of the image these are very large.
              const row = y + i - 1;
              const column = x + j - 1;
              if (row >= l.height || column >= l.width) continue;
              const weight = load<f32>(l.weights + ((((k * l.channels + c) * 3 + i) * 3 + j) << 2));
              sum += weight * load<f32>(l.image + (((c * l.height + row) * l.width + column) << 2));
            }
          }
        }
        store<f32>(l.result + (((k * l.height + y) * l.width + x) << 2), sum);
      }
    }
  }
}
