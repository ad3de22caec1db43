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

/** Sobel's edges [H,W] of a photograph's luma: the magnitude of the gradient, mirrored at the border. */
export function edgeMap({ width, height, data }: RgbImage): Tensor {
  const luma = (y: number, x: number) => {
    const [row, column] = [Math.min(Math.max(y, 0), height - 1), Math.min(Math.max(x, 0), width - 1)];
    const at = 3 * (row * width + column);
    return 0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!;
  };
  const edges = new Float32Array(height * width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [n, s] = [y - 1, y + 1];
      const [w, e] = [x - 1, x + 1];
      const gx = luma(n, e) + 2 * luma(y, e) + luma(s, e) - luma(n, w) - 2 * luma(y, w) - luma(s, w);
      const gy = luma(s, w) + 2 * luma(s, x) + luma(s, e) - luma(n, w) - 2 * luma(n, x) - luma(n, e);
      edges[y * width + x] = Math.hypot(gx, gy);
    }
  }
  return { shape: [height, width], data: edges };
}
