import { type Brush, ball, plane, tube } from '../brush.ts';
import { scaled } from '../color.ts';
import { Path } from '../path.ts';
import { bricks, plain, rough, stripes } from '../textures.ts';

/** A lighthouse: banded tapering tower on a rock, gallery with rail, lantern room, cupola. */
export function drawLighthouse(brush: Brush): void {
  const { random, palette } = brush;
  const seed = random.integer(0, 1e6);
  const gallery = random.uniform(-0.55, -0.42);
  const foot = random.uniform(0.3, 0.4);
  const neck = foot * random.uniform(0.55, 0.7);
  const lantern = neck * 0.72;
  const roof = gallery - random.uniform(0.24, 0.3);

  const rock = new Path()
    .move(-0.62, 0.98)
    .curve(-0.6, 0.75, -0.45, 0.68, -0.3, 0.72)
    .curve(-0.1, 0.62, 0.2, 0.66, 0.32, 0.7)
    .curve(0.5, 0.68, 0.62, 0.8, 0.66, 0.98);
  brush.fill(rock, rough(plain(scaled(palette.dark, 1.8)), 0.12, 0.9, seed), ball(0, 1, 0.7, 0.4));
  const tower = new Path()
    .move(-neck, gallery)
    .curve(-neck * 1.15, 0, -foot * 0.9, 0.4, -foot, 0.78)
    .curve(-foot / 2, 0.86, foot / 2, 0.86, foot, 0.78)
    .curve(foot * 0.9, 0.4, neck * 1.15, 0, neck, gallery);
  const slant = random.chance(0.3) ? random.uniform(0.3, 0.6) : 0;
  const bands = stripes(palette.main, palette.pale, random.uniform(0.36, 0.52), slant, 0.5);
  const courses = bricks([1, 1, 1], [0.72, 0.72, 0.72], 0.2, 0.1, seed);
  const course = new Float64Array(3);
  brush.fill(
    tower,
    (x, y, out) => {
      // Level rings on a round tower look bent.
      const bent = y - 0.06 * Math.sqrt(Math.max(0, 1 - (x * x) / (foot * foot)));
      bands(x, bent, out);
      courses(x, bent, course);
      for (let i = 0; i < 3; i++) out[i]! *= course[i]!;
    },
    tube(0, foot * 1.02),
  );
  const openings = new Path().rectangle(-0.08, 0.56, 0.08, 0.83).ellipse(0, 0.56, 0.08, 0.08);
  for (const y of [-0.28, 0.02, 0.3]) openings.rectangle(-0.05, y, 0.05, y + 0.12).ellipse(0, y, 0.05, 0.05);
  brush.fill(openings, plain(palette.dark));

  brush.fill(
    new Path().rectangle(-lantern, roof, lantern, gallery),
    plain(palette.accent),
    tube(0, lantern * 1.3),
    0.9,
  );
  brush.fill(new Path().ellipse(0, (roof + gallery) / 2, lantern * 0.5, lantern * 0.6), plain(palette.pale));
  const bars = new Path();
  for (const u of [-1, -0.45, 0.45, 1]) bars.rectangle(u * lantern - 0.018, roof, u * lantern + 0.018, gallery);
  brush.fill(bars, plain(palette.dark));
  brush.fill(
    new Path().rectangle(-neck * 1.3, gallery - 0.03, neck * 1.3, gallery + 0.07),
    plain(palette.dark),
    tube(0, neck * 1.4),
  );
  const rail = new Path().rectangle(-neck * 1.28, gallery - 0.13, neck * 1.28, gallery - 0.1);
  for (let i = -3; i <= 3; i++)
    rail.rectangle((i * neck * 1.25) / 3 - 0.014, gallery - 0.12, (i * neck * 1.25) / 3 + 0.014, gallery);
  brush.fill(rail, plain(palette.dark));
  const cupola = new Path()
    .move(-lantern * 1.35, roof + 0.02)
    .curve(-lantern * 1.1, roof - 0.16, -0.06, roof - 0.2, 0, roof - 0.24)
    .curve(0.06, roof - 0.2, lantern * 1.1, roof - 0.16, lantern * 1.35, roof + 0.02);
  brush.fill(cupola, plain(palette.second), ball(0, roof, lantern * 1.5, 0.3), 0.5);
  brush.fill(new Path().ellipse(0, roof - 0.25, 0.04, 0.04), plain(palette.dark), plane(0, -0.3));
}
