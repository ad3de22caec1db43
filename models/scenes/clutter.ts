import { Brush, ball, type Light, plane } from './brush.ts';
import { anyColor, type Palette, randomPalette } from './color.ts';
import type { Layer } from './layer.ts';
import { cosine, sine } from './math.ts';
import { arc, Path, type Point } from './path.ts';
import type { Random } from './random.ts';
import { anyTexture, plain } from './textures.ts';

function around(count: number, radius: (i: number) => number): Point[] {
  return Array.from({ length: count }, (_, i): Point => {
    const angle = (i * 2 * Math.PI) / count;
    return [radius(i) * cosine(angle), radius(i) * sine(angle)];
  });
}

/** Outlines of things of no class, each within [−1, 1]². */
const SHAPES: readonly ((random: Random) => Path)[] = [
  () => new Path().ellipse(0, 0, 0.95, 0.95),
  (random) => new Path().ellipse(0, 0, 1, random.uniform(0.3, 0.7)),
  (random) => new Path().polygon(around(random.integer(3, 7), () => 0.98)),
  (random) => {
    const inner = random.uniform(0.35, 0.65);
    return new Path().polygon(around(2 * random.integer(4, 8), (i) => (i % 2 === 0 ? 1 : inner)));
  },
  (random) => new Path().smooth(around(random.integer(5, 9), () => random.uniform(0.5, 1))),
  (random) =>
    new Path().stroke(
      [
        [-0.8, 0],
        [0.8, 0],
      ],
      random.uniform(0.2, 0.6),
    ),
  (random) => new Path().stroke(arc(0, 0, 0.75, 0.75, 0, random.uniform(2.5, 6.2), 20), random.uniform(0.2, 0.45)),
  (random) => {
    const arm = random.uniform(0.15, 0.35);
    return new Path().rectangle(-arm, -0.95, arm, 0.95).rectangle(-0.95, -arm, 0.95, arm);
  },
  (random) => {
    const half = random.uniform(0.4, 0.95);
    return new Path().rectangle(-half, -0.9, half, 0.9);
  },
  (random) =>
    new Path().stroke(
      [
        [-0.9, random.uniform(-0.6, 0.6)],
        [-0.3, random.uniform(-0.8, 0.8)],
        [0.3, random.uniform(-0.8, 0.8)],
        [0.9, random.uniform(-0.6, 0.6)],
      ],
      0.16,
      0.1,
    ),
];

/** Paints one thing of no class: any outline, any texture, any colours. */
function paintThing(layer: Layer, light: Light, palette: Palette, random: Random, scale: number): void {
  const pose = {
    x: random.uniform(-0.02, 1.02),
    y: random.uniform(-0.02, 1.02),
    scale,
    rotation: random.uniform(0, 2 * Math.PI),
    stretch: random.uniform(0.7, 1.3),
    shear: random.uniform(-0.2, 0.2),
  };
  const brush = new Brush(layer, pose, light, palette, random);
  const texture = random.chance(0.35) ? plain(palette.main) : anyTexture(random, palette.main, palette.second);
  const form = random.chance(0.6) ? ball(0, 0, 1.1, 1.1) : plane(random.uniform(-0.4, 0.4), random.uniform(-0.4, 0.4));
  brush.fill(random.pick(SHAPES)(random), texture, form, random.uniform(0, 0.6));
}

/** Scatters small scraps of a few colours: leaves, gravel, confetti. */
export function paintScraps(layer: Layer, light: Light, random: Random): void {
  const palettes = Array.from({ length: 3 }, (): Palette => {
    const color = anyColor(random);
    return { main: color, second: anyColor(random), accent: color, pale: color, dark: color };
  });
  const count = random.chance(0.5) ? random.integer(8, 40) : 0;
  const scale = random.uniform(0.012, 0.045);
  for (let i = 0; i < count; i++)
    paintThing(layer, light, random.pick(palettes), random, scale * random.uniform(0.6, 1.5));
}

/** Paints `count` distractors, as vivid, textured and shaded as the labelled objects, but of no class. */
export function paintDistractors(layer: Layer, light: Light, random: Random, count: number, largest: number): void {
  for (let i = 0; i < count; i++) {
    paintThing(layer, light, randomPalette(random, [0.5, 0.5, 0.5]), random, random.uniform(0.35, 1) * largest);
  }
}
