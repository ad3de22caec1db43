import type { Color } from './color.ts';
import type { Shader } from './layer.ts';
import { cosine, modulo, sine, smoothstep } from './math.ts';
import { fractalNoise, latticeValue } from './noise.ts';
import type { Random } from './random.ts';

/** Half the width over which textures pass from one colour to the other, in the drawing's units. */
const SOFT = 0.015;

function put(out: Float64Array, a: Color, b: Color, share: number): void {
  out[0] = a[0] + (b[0] - a[0]) * share;
  out[1] = a[1] + (b[1] - a[1]) * share;
  out[2] = a[2] + (b[2] - a[2]) * share;
}

/** One colour. */
export function plain(color: Color): Shader {
  return (_x, _y, out) => put(out, color, color, 0);
}

/** From `a` at height `top` to `b` at height `bottom`. */
export function gradient(a: Color, b: Color, top: number, bottom: number): Shader {
  return (_x, y, out) => put(out, a, b, smoothstep(top, bottom, y));
}

/** Stripes of `b` on `a`; `duty` is the share of b. At angle 0 they run across (along x). */
export function stripes(a: Color, b: Color, period: number, angle = 0, duty = 0.5): Shader {
  const [nx, ny] = [-sine(angle) / period, cosine(angle) / period];
  const soft = SOFT / period;
  return (x, y, out) => {
    const distance = Math.abs(modulo(x * nx + y * ny, 1) - 0.5);
    put(out, a, b, smoothstep(duty / 2 + soft, duty / 2 - soft, distance));
  };
}

/** Round dots of `b` on `a` in staggered rows. `radius` is a share of the period. */
export function dots(a: Color, b: Color, period: number, radius = 0.3): Shader {
  const soft = SOFT / period;
  return (x, y, out) => {
    const row = Math.floor(y / period);
    const u = modulo(x / period + row / 2, 1) - 0.5;
    const v = y / period - row - 0.5;
    const distance = Math.sqrt(u * u + v * v);
    put(out, a, b, smoothstep(radius + soft, radius - soft, distance));
  };
}

/** Squares of two colours. */
export function checks(a: Color, b: Color, period: number): Shader {
  const soft = SOFT / period;
  const wave = (t: number): number => {
    const distance = Math.abs(modulo(t / period, 2) - 1);
    return smoothstep(0.5 - soft, 0.5 + soft, distance) * 2 - 1;
  };
  return (x, y, out) => put(out, a, b, 0.5 + 0.5 * wave(x) * wave(y));
}

/** Bricks in bond: every brick its own shade, with joints of `joint`. */
export function bricks(brick: Color, joint: Color, width: number, height: number, seed: number): Shader {
  return (x, y, out) => {
    const row = Math.floor(y / height);
    const along = x / width + row / 2;
    const column = Math.floor(along);
    const u = (0.5 - Math.abs(along - column - 0.5)) * width;
    const v = (0.5 - Math.abs(y / height - row - 0.5)) * height;
    put(out, joint, brick, smoothstep(0.008, 0.03, Math.min(u, v)));
    const shade = 0.82 + 0.3 * latticeValue(column, row, seed);
    for (let i = 0; i < 3; i++) out[i]! *= shade;
  };
}

/** Overlapping round scales or roof tiles, rows downwards; light at the upper end, dark at the rim. */
export function scales(light: Color, rim: Color, width: number, height: number): Shader {
  return (x, y, out) => {
    const row = Math.floor(y / height);
    for (const above of [1, 0]) {
      const r = row - above;
      const u = modulo(x / width + modulo(r, 2) / 2, 1) - 0.5;
      const v = y / height - r;
      const distance = Math.sqrt(u * u * 4 + (v * v) / 2.6);
      if (distance <= 1) {
        put(out, light, rim, smoothstep(0.35, 1, distance) * 0.9);
        return;
      }
    }
    put(out, light, rim, 1);
  };
}

/** Long planks with grain; at angle 0 they run across (along x). */
export function planks(wood: Color, gap: Color, width: number, seed: number, angle = 0): Shader {
  const cos = cosine(angle);
  const sin = sine(angle);
  return (x, y, out) => {
    const along = x * cos + y * sin;
    const across = y * cos - x * sin;
    const plank = Math.floor(across / width);
    const v = (0.5 - Math.abs(across / width - plank - 0.5)) * width;
    put(out, gap, wood, smoothstep(0.004, 0.025, v));
    const grain = fractalNoise(along * 3 + plank * 7.3, across * 26, seed, 2);
    const shade = 0.72 + 0.45 * grain + 0.12 * latticeValue(plank, 0, seed);
    for (let i = 0; i < 3; i++) out[i]! *= shade;
  };
}

/** Tufts of leaves: noise cut into a few levels between two colours. */
export function foliage(light: Color, deep: Color, period: number, seed: number): Shader {
  return (x, y, out) => {
    const n = fractalNoise(x / period, y / period, seed, 3);
    const levels = smoothstep(0.36, 0.42, n) + smoothstep(0.5, 0.56, n) + smoothstep(0.62, 0.66, n);
    put(out, deep, light, levels / 3);
  };
}

/** A shader with its brightness made uneven by noise: felt, plaster, clay. */
export function rough(shader: Shader, period: number, strength: number, seed: number): Shader {
  return (x, y, out) => {
    shader(x, y, out);
    const shade = 1 - strength / 2 + strength * fractalNoise(x / period, y / period, seed, 2);
    for (let i = 0; i < 3; i++) out[i]! *= shade;
  };
}

/** Any of the textures, at any angle of its own and scaled to a thing of size 2; for things of no class. */
export function anyTexture(random: Random, a: Color, b: Color): Shader {
  const seed = random.integer(0, 1e6);
  const period = random.uniform(0.25, 0.7);
  switch (random.integer(0, 7)) {
    case 0:
      return stripes(a, b, period, random.uniform(0, Math.PI), random.uniform(0.3, 0.7));
    case 1:
      return dots(a, b, period, random.uniform(0.2, 0.4));
    case 2:
      return checks(a, b, period);
    case 3:
      return bricks(a, b, period, period / 2, seed);
    case 4:
      return scales(a, b, period, period / 1.5);
    case 5:
      return planks(a, b, period, seed, random.uniform(0, Math.PI));
    case 6:
      return foliage(a, b, period, seed);
    default:
      return rough(plain(a), period / 3, random.uniform(0, 0.6), seed);
  }
}
