import { anyColor, blend, type Color } from './color.ts';
import type { Layer } from './layer.ts';
import { clamp, cosine, mix, sine, smoothstep } from './math.ts';
import { fractalNoise } from './noise.ts';
import type { Random } from './random.ts';
import { checks, dots, stripes } from './textures.ts';

type Ground = (x: number, y: number, out: Float64Array) => void;

function between(a: Color, b: Color, share: number, out: Float64Array): void {
  for (let i = 0; i < 3; i++) out[i] = mix(a[i]!, b[i]!, share);
}

/** Patches of three colours, blown in some direction: lawn, cloud, marble, sand. */
function clouds(random: Random): Ground {
  const [a, b, c] = [anyColor(random), anyColor(random), anyColor(random)];
  const seed = random.integer(0, 1e6);
  const angle = random.uniform(0, Math.PI);
  const [cos, sin] = [cosine(angle), sine(angle)];
  const [along, across] = [random.uniform(1.5, 6), random.uniform(3, 14)];
  return (x, y, out) => {
    const n = fractalNoise((x * cos + y * sin) * along, (y * cos - x * sin) * across, seed, 4);
    between(a, b, smoothstep(0.3, 0.55, n), out);
    between([out[0]!, out[1]!, out[2]!], c, smoothstep(0.5, 0.75, n), out);
  };
}

/** Two areas, each a gradient with its own grain, that meet in a wavy line: a horizon, a table's edge. */
function horizon(random: Random): Ground {
  const [a, b, c, d] = [anyColor(random), anyColor(random), anyColor(random), anyColor(random)];
  const seed = random.integer(0, 1e6);
  const height = random.uniform(0.25, 0.75);
  const slope = random.uniform(-0.3, 0.3);
  const waves = random.uniform(0, 0.15);
  const [fine, coarse] = [random.uniform(8, 30), random.uniform(3, 12)];
  return (x, y, out) => {
    const edge = height + slope * (x - 0.5) + waves * (fractalNoise(x * 5, 0.5, seed, 3) - 0.5);
    const above = smoothstep(edge + 0.006, edge - 0.006, y);
    const sky = blend(a, b, clamp(y / edge));
    const ground = blend(c, d, clamp((y - edge) / (1 - edge)));
    between(ground, sky, above, out);
    const grain =
      above > 0.5 ? fractalNoise(x * coarse, y * coarse, seed, 2) : fractalNoise(x * fine, y * fine * 2, seed + 7, 2);
    for (let i = 0; i < 3; i++) out[i]! *= 0.75 + 0.5 * grain;
  };
}

/** Wallpaper: a faint regular pattern with stains. */
function wallpaper(random: Random): Ground {
  const a = anyColor(random);
  const b = blend(a, anyColor(random), random.uniform(0.25, 0.9));
  const seed = random.integer(0, 1e6);
  const period = random.uniform(0.06, 0.25);
  const pattern = random.pick([
    stripes(a, b, period, random.uniform(0, Math.PI)),
    dots(a, b, period, random.uniform(0.2, 0.4)),
    checks(a, b, period),
  ]);
  const stains = random.uniform(0.2, 0.8);
  return (x, y, out) => {
    pattern(x, y, out);
    const shade = 1 - stains / 2 + stains * fractalNoise(x * 4, y * 4, seed, 3);
    for (let i = 0; i < 3; i++) out[i]! *= shade;
  };
}

/**
 * Covers the layer with ground of a random kind, in blocks of `block`×`block` pixels (it has no fine edges, so it needs
 * no supersampling); returns its mean colour.
 */
export function paintBackground(layer: Layer, block: number, random: Random): Color {
  const ground = random.pick([clouds, clouds, horizon, wallpaper])(random);
  const { side, rgb } = layer;
  const color = new Float64Array(3);
  const sum: [number, number, number] = [0, 0, 0];
  for (let y = 0; y < side; y += block) {
    for (let x = 0; x < side; x += block) {
      ground((x + block / 2) / side, (y + block / 2) / side, color);
      for (let i = 0; i < 3; i++) {
        const value = clamp(color[i]!);
        sum[i]! += value;
        for (let dy = 0; dy < block; dy++) {
          for (let dx = 0; dx < block; dx++) rgb[((y + dy) * side + x + dx) * 3 + i] = value;
        }
      }
    }
  }
  layer.alpha.fill(1);
  const blocks = (side / block) ** 2;
  return [sum[0] / blocks, sum[1] / blocks, sum[2] / blocks];
}
