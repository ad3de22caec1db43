import type { RgbImage } from '../image/rgb-image.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { generator } from './bootstrap.ts';

/*
 * Maps that know nothing of the network: what an explanation must beat.
 */

/** Uniform noise [H,W] from a seed. */
export function randomMap(height: number, width: number, seed: number): Tensor {
  const random = generator(seed);
  return { shape: [height, width], data: Float32Array.from({ length: height * width }, random) };
}

/** A Gaussian [H,W] about the middle, of standard deviation a quarter of each side: photographers centre their objects. */
export function centreMap(height: number, width: number): Tensor {
  const data = new Float32Array(height * width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [dy, dx] = [(y - (height - 1) / 2) / (height / 4), (x - (width - 1) / 2) / (width / 4)];
      data[y * width + x] = Math.exp(-(dy * dy + dx * dx) / 2);
    }
  }
  return { shape: [height, width], data };
}

/** Sobel's edges [H,W] of a photograph's luma. */
export function edgeMap({ width, height, data }: RgbImage): Tensor {
  const luma = Float64Array.from(
    { length: height * width },
    (_, i) => 0.299 * data[3 * i]! + 0.587 * data[3 * i + 1]! + 0.114 * data[3 * i + 2]!,
  );
  return { shape: [height, width], data: sobel(luma, height, width) };
}

/** The magnitude of Sobel's gradient of a plane [H,W], whose border is repeated outwards. */
export function sobel(plane: ArrayLike<number>, height: number, width: number): Float32Array<ArrayBuffer> {
  const at = (y: number, x: number) =>
    plane[Math.min(Math.max(y, 0), height - 1) * width + Math.min(Math.max(x, 0), width - 1)]!;
  const edges = new Float32Array(height * width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [n, s] = [y - 1, y + 1];
      const [w, e] = [x - 1, x + 1];
      const gx = at(n, e) + 2 * at(y, e) + at(s, e) - at(n, w) - 2 * at(y, w) - at(s, w);
      const gy = at(s, w) + 2 * at(s, x) + at(s, e) - at(n, w) - 2 * at(n, x) - at(n, e);
      edges[y * width + x] = Math.hypot(gx, gy);
    }
  }
  return edges;
}
