/** A number in [0, 1) that belongs to a lattice point. */
export function latticeValue(x: number, y: number, seed: number): number {
  let h = Math.imul(x, 0x27d4eb2d) ^ Math.imul(y, 0x165667b1) ^ Math.imul(seed, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 15), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}

/** Value noise in [0, 1): lattice values, smoothly interpolated. */
export function noise(x: number, y: number, seed: number): number {
  const i = Math.floor(x);
  const j = Math.floor(y);
  const u = x - i;
  const v = y - j;
  const su = u * u * (3 - 2 * u);
  const sv = v * v * (3 - 2 * v);
  const top = latticeValue(i, j, seed) * (1 - su) + latticeValue(i + 1, j, seed) * su;
  const bottom = latticeValue(i, j + 1, seed) * (1 - su) + latticeValue(i + 1, j + 1, seed) * su;
  return top * (1 - sv) + bottom * sv;
}

/** Sum of noise octaves, each of twice the frequency and half the height, in [0, 1). */
export function fractalNoise(x: number, y: number, seed: number, octaves: number): number {
  let sum = 0;
  let total = 0;
  let height = 1;
  let frequency = 1;
  for (let octave = 0; octave < octaves; octave++) {
    sum += height * noise(x * frequency, y * frequency, seed + octave);
    total += height;
    height /= 2;
    frequency *= 2;
  }
  return sum / total;
}
