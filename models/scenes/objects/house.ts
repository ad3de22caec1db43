import { type Brush, plane } from '../brush.ts';
import { scaled } from '../color.ts';
import { Path, type Point } from '../path.ts';
import { bricks, gradient, plain, planks, scales } from '../textures.ts';

/** A cottage: brick front with a gable, tiled roof along its side, door, windows, chimney. */
export function drawHouse(brush: Brush): void {
  const { random, palette } = brush;
  const seed = random.integer(0, 1e6);
  const corner = random.uniform(-0.1, 0.25);
  const eaves = random.uniform(-0.15, 0.05);
  const ridge = random.uniform(-0.95, -0.75);
  const left = -0.9;
  const right = 0.92;
  const gable = (left + corner) / 2;
  const brick = (color: typeof palette.main) => bricks(color, palette.pale, 0.24, 0.115, seed);

  const chimney = random.uniform(corner + 0.1, 0.6);
  brush.fill(new Path().rectangle(chimney - 0.1, ridge - 0.12, chimney + 0.1, ridge + 0.3), brick(palette.main));
  brush.fill(new Path().rectangle(chimney - 0.14, ridge - 0.17, chimney + 0.14, ridge - 0.08), plain(palette.dark));

  brush.fill(new Path().rectangle(corner, eaves, right, 0.86), brick(scaled(palette.main, 0.72)), plane(0.3, 0));
  const front: Point[] = [
    [left, 0.9],
    [left, eaves],
    [gable, ridge],
    [corner, eaves],
    [corner, 0.9],
  ];
  brush.fill(new Path().polygon(front), brick(palette.main));

  const roof = new Path().polygon([
    [gable - 0.02, ridge - 0.03],
    [0.62, ridge - 0.03],
    [1, eaves + 0.06],
    [corner + 0.03, eaves + 0.06],
  ]);
  brush.fill(roof, scales(palette.second, scaled(palette.second, 0.5), 0.16, 0.115), plane(0, -0.35));
  const barge = new Path().stroke(
    [
      [left - 0.08, eaves + 0.1],
      [gable, ridge - 0.02],
      [corner + 0.05, eaves + 0.08],
    ],
    0.09,
  );
  brush.fill(barge, plain(scaled(palette.second, 0.75)));

  const doorWidth = random.uniform(0.12, 0.16);
  const door = random.uniform(left + 0.3, corner - 0.3);
  const doorTop = random.uniform(0.28, 0.36);
  brush.fill(
    new Path().rectangle(door - doorWidth - 0.04, doorTop - 0.04, door + doorWidth + 0.04, 0.9),
    plain(palette.pale),
  );
  brush.fill(
    new Path().rectangle(door - doorWidth, doorTop, door + doorWidth, 0.9),
    planks(palette.accent, palette.dark, 0.08, seed, Math.PI / 2),
  );
  brush.fill(new Path().ellipse(door + doorWidth * 0.6, 0.62, 0.03, 0.03), plain(palette.pale));

  const glass = random.chance(0.5) ? palette.dark : scaled(palette.pale, 0.85);
  const window = (x: number, y: number, half: number): void => {
    brush.fill(
      new Path().rectangle(x - half - 0.04, y - half - 0.04, x + half + 0.04, y + half + 0.04),
      plain(palette.pale),
    );
    brush.fill(
      new Path().rectangle(x - half, y - half, x + half, y + half),
      gradient(glass, scaled(glass, 1.5), y - half, y + half),
    );
    const bars = new Path()
      .rectangle(x - 0.018, y - half, x + 0.018, y + half)
      .rectangle(x - half, y - 0.018, x + half, y + 0.018);
    brush.fill(bars, plain(palette.accent));
  };
  window(gable, (eaves + ridge) / 2 + 0.14, 0.1);
  const span = right - corner;
  const count = span > 0.85 ? 2 : 1;
  for (let i = 0; i < count; i++) window(corner + (span * (i + 0.5)) / count, 0.4, 0.13);
  brush.fill(new Path().rectangle(left - 0.05, 0.86, right + 0.04, 0.95), plain(scaled(palette.dark, 1.6)));
}
