import { type Brush, ball, plane, tube } from '../brush.ts';
import { blend, scaled } from '../color.ts';
import { Path, type Point } from '../path.ts';
import { plain, rough, stripes } from '../textures.ts';

/** A toadstool: a domed cap with spots, gills below it, a stem with a skirt. */
export function drawMushroom(brush: Brush): void {
  const { random, palette } = brush;
  const seed = random.integer(0, 1e6);
  const brim = random.uniform(-0.12, 0.15);
  const crown = random.uniform(-1, -0.7);
  const width = random.uniform(0.78, 0.98);
  const stem = random.uniform(0.17, 0.27);
  const foot = stem * random.uniform(1.1, 1.6);
  const lean = random.uniform(-0.15, 0.15);

  const stalk = new Path()
    .move(-stem, brim)
    .curve(-stem, 0.4, -foot + lean, 0.5, -foot + lean, 0.9)
    .curve(-foot / 2 + lean, 1, foot / 2 + lean, 1, foot + lean, 0.9)
    .curve(foot + lean, 0.5, stem, 0.4, stem, brim);
  brush.fill(
    stalk,
    rough(stripes(palette.pale, scaled(palette.pale, 0.86), 0.09, Math.PI / 2, 0.4), 0.15, 0.2, seed),
    tube(lean / 2, foot * 1.15),
  );

  const gills = new Path().ellipse(0, brim, width * 0.93, 0.17);
  const gillColor = blend(palette.pale, palette.dark, 0.35);
  brush.fill(gills, stripes(gillColor, scaled(gillColor, 0.6), 0.075, Math.PI / 2), plane(0, 0.3));
  const skirt = new Path()
    .move(-stem, brim + 0.22)
    .curve(-stem * 1.2, brim + 0.4, -stem * 1.7, brim + 0.42, -stem * 1.8, brim + 0.5)
    .curve(-stem, brim + 0.58, stem, brim + 0.58, stem * 1.8, brim + 0.5)
    .curve(stem * 1.7, brim + 0.42, stem * 1.2, brim + 0.4, stem, brim + 0.22);
  if (random.chance(0.7)) brush.fill(skirt, plain(scaled(palette.pale, 0.95)), tube(0, stem * 2));

  const cap = new Path()
    .move(-width, brim)
    .curve(-width, crown + 0.15, -0.45, crown, 0, crown)
    .curve(0.45, crown, width, crown + 0.15, width, brim)
    .curve(width * 0.6, brim + 0.16, width * 0.3, brim + 0.1, 0, brim + 0.1)
    .curve(-width * 0.3, brim + 0.1, -width * 0.6, brim + 0.16, -width, brim);
  const dome = ball(0, brim + 0.1, width * 1.05, brim - crown + 0.15);
  brush.fill(cap, rough(plain(palette.main), 0.2, 0.25, seed + 9), dome, 0.5);

  const spotColor = random.chance(0.7) ? palette.pale : palette.second;
  const spots = new Path();
  const placed: Point[] = [];
  for (let i = 0; i < 60 && placed.length < 11; i++) {
    const u = random.uniform(-0.88, 0.88);
    const v = random.uniform(0.1, 0.88);
    const bend = 1 - u * u;
    const spot: Point = [u * width, brim + (crown - brim) * v * Math.sqrt(bend) * 0.93];
    if (u * u + v * v > 0.8 || placed.some(([x, y]) => near(x - spot[0], y - spot[1]))) continue;
    placed.push(spot);
    const size = random.uniform(0.07, 0.13);
    spots.ellipse(spot[0], spot[1], size * (0.45 + 0.55 * bend), size * (1.05 - 0.45 * v * v), u * 0.6);
  }
  brush.fill(spots, rough(plain(spotColor), 0.05, 0.2, seed + 5), dome);
}

function near(dx: number, dy: number): boolean {
  return dx * dx + dy * dy < 0.065;
}
