import { type Brush, ball, tube } from '../brush.ts';
import { scaled } from '../color.ts';
import { sine } from '../math.ts';
import { Path, type Point } from '../path.ts';
import { foliage, plain, rough, stripes } from '../textures.ts';

/** A tree: a trunk with bark and boughs under a round crown of leafy tufts, or tiers of a fir. */
export function drawTree(brush: Brush): void {
  const { random, palette } = brush;
  const seed = random.integer(0, 1e6);
  const bark = random.chance(0.5) ? palette.dark : scaled(palette.second, 0.55);
  const barkTexture = rough(stripes(scaled(bark, 1.5), bark, 0.08, Math.PI / 2 + 0.1, 0.55), 0.12, 0.5, seed);
  const leaves = foliage(palette.main, scaled(palette.main, 0.45), random.uniform(0.16, 0.26), seed);
  const girth = random.uniform(0.1, 0.15);
  const trunk = new Path()
    .move(-girth, -0.2)
    .curve(-girth, 0.5, -girth * 1.2, 0.8, -girth * 2.6, 0.98)
    .curve(-girth, 0.94, girth, 0.94, girth * 2.6, 0.98)
    .curve(girth * 1.2, 0.8, girth, 0.5, girth, -0.2);
  brush.fill(trunk, barkTexture, tube(0, girth * 1.6));

  if (random.chance(0.35)) {
    const tiers = random.integer(3, 4);
    for (let tier = 0; tier < tiers; tier++) {
      const low = 0.62 - (tier * 1.1) / tiers;
      const high = tier === tiers - 1 ? -1 : low - 1.5 / tiers;
      const half = 0.82 - (tier * 0.55) / tiers;
      const points: Point[] = [[0, high]];
      const teeth = 7;
      for (let i = 0; i <= teeth * 2; i++) {
        const u = 1 - i / teeth;
        points.push([u * half, low + (i % 2 === 0 ? 0 : -0.09) - 0.12 * u * u]);
      }
      brush.fill(new Path().polygon(points), leaves, tube(0, half * 1.05));
    }
    return;
  }

  brush.fill(
    new Path()
      .stroke(
        [
          [0, 0.25],
          [-0.4, -0.15],
        ],
        0.13,
        0.08,
      )
      .stroke(
        [
          [0, 0.32],
          [0.42, -0.1],
        ],
        0.12,
        0.07,
      ),
    barkTexture,
    tube(0, 0.5),
  );
  const tufts = random.integer(6, 8);
  const tuft = (x: number, y: number, radius: number): void => {
    const points: Point[] = [];
    const bumps = 9;
    for (let i = 0; i < bumps * 2; i++) {
      const angle = (i * Math.PI) / bumps;
      const r = radius * (i % 2 === 0 ? 1.06 : 0.92) * random.uniform(0.95, 1.05);
      points.push([x + r * sine(angle + Math.PI / 2), y + r * sine(angle)]);
    }
    brush.fill(new Path().smooth(points), leaves, ball(x, y, radius * 1.2, radius * 1.2));
  };
  const shift = random.uniform(0, 1);
  for (let i = 0; i < tufts; i++) {
    const angle = ((i + shift) * 2 * Math.PI) / tufts;
    const reach = random.uniform(0.42, 0.56);
    tuft(reach * 1.1 * sine(angle + Math.PI / 2), -0.38 + reach * 0.72 * sine(angle), random.uniform(0.26, 0.36));
  }
  tuft(random.uniform(-0.1, 0.1), -0.45, random.uniform(0.36, 0.45));
  if (!random.chance(0.4)) return;
  const fruit = new Path();
  for (let i = 0; i < 9; i++) fruit.ellipse(random.uniform(-0.6, 0.6), random.uniform(-0.75, -0.05), 0.06, 0.06);
  brush.fill(fruit, plain(palette.accent), ball(0, -0.4, 0.9, 0.7), 0.5);
}
