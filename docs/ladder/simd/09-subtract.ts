import { Layer } from './layer';

/**
 * Squared distances of patches, as context-aware saliency has them, by the definition: result[q, p] = Σ (a_q − a_p)².
 * `image` holds `width` patches as columns, [channels, width].
 */
export function run(args: usize): void {
  const l = changetype<Layer>(args);
  const row = l.width << 2;
  for (let q: usize = 0; q < l.width; q++) {
    for (let p: usize = 0; p < l.width; p++) {
      let sum: f32 = 0;
      let at = l.image;
      for (let i: usize = 0; i < l.channels; i++) {
        const difference = load<f32>(at + (q << 2)) - load<f32>(at + (p << 2));
        sum += difference * difference;
        at += row;
      }
      store<f32>(l.result + ((q * l.width + p) << 2), sum);
    }
  }
}
