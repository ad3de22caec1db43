import { SalientError } from '../error.ts';
import { spanOf, type Tensor } from '../tensor/tensor.ts';
import { generator } from './bootstrap.ts';

/** Largest change of one number, as a share of the span of the input's numbers: hardly to be seen in a photograph. */
const NOISE = 0.02;

/** Copies of an input [C,H,W], each with uniform noise within two hundredths of the span of its numbers, from a seed. */
export function noisyCopies(input: Tensor, count: number, seed: number): Tensor[] {
  const random = generator(seed);
  const reach = NOISE * spanOf(input);
  return Array.from({ length: count }, () => ({
    shape: input.shape,
    data: Float32Array.from(input.data, (value) => value + reach * (2 * random() - 1)),
  }));
}

/**
 * Max-sensitivity (Yeh et al. 2019, "On the (in)fidelity and sensitivity of explanations", eq. 4, by samples), over the
 * map's own size so that methods compare: the largest ‖map of a noisy input − map‖ / ‖map‖. 0 where nothing moves; two
 * maps of equal norm that have nothing in common are √2 apart.
 *
 * @param map of the untouched input
 * @param moved maps of noisy ones
 * @throws SalientError 'bad-argument' without any
 */
export function maxSensitivity(map: ArrayLike<number>, moved: readonly ArrayLike<number>[]): number {
  if (moved.length === 0) throw new SalientError('bad-argument', 'sensitivity needs at least one map of a noisy input');
  let norm = 0;
  for (let i = 0; i < map.length; i++) norm += map[i]! ** 2;
  const distances = moved.map((other) => {
    let squares = 0;
    for (let i = 0; i < map.length; i++) squares += (other[i]! - map[i]!) ** 2;
    return squares === 0 ? 0 : Math.sqrt(squares / norm);
  });
  return Math.max(...distances);
}
