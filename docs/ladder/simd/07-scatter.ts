import { Layer } from './layer';

/**
 * The way back of LRP, c = transpose(s), by its definition: `image` is s, `weights` [c, k, i, j] those of the convolution
 * that is gone back through. Each s is handed to the nine numbers that its output was made of, in every channel.
 */
export function run(args: usize): void {
  const l = changetype<Layer>(args);
  memory.fill(l.result, 0, (l.outputs * l.height * l.width) << 2);
  for (let c: usize = 0; c < l.channels; c++) {
    for (let k: usize = 0; k < l.outputs; k++) {
      for (let y: usize = 0; y < l.height; y++) {
        for (let x: usize = 0; x < l.width; x++) {
          const s = load<f32>(l.image + (((c * l.height + y) * l.width + x) << 2));
          for (let i: usize = 0; i < 3; i++) {
            for (let j: usize = 0; j < 3; j++) {
              const row = y + i - 1;
              const column = x + j - 1;
              if (row >= l.height || column >= l.width) continue;
              const weight = load<f32>(l.weights + ((((c * l.outputs + k) * 3 + i) * 3 + j) << 2));
              const to = l.result + (((k * l.height + row) * l.width + column) << 2);
              store<f32>(to, load<f32>(to) + weight * s);
            }
          }
        }
      }
    }
  }
}
