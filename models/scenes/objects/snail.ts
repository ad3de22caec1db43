import { type Brush, ball } from '../brush.ts';
import { blend, scaled } from '../color.ts';
import { cosine, sine } from '../math.ts';
import { Path, type Point } from '../path.ts';
import { plain, rough } from '../textures.ts';

/** A snail: a coiled shell with growth bands on a soft body with horns. */
export function drawSnail(brush: Brush): void {
  const { random, palette } = brush;
  const seed = random.integer(0, 1e6);
  const radius = random.uniform(0.56, 0.68);
  const cx = random.uniform(0.05, 0.2);
  const cy = 0.62 - radius;
  const skin = blend(palette.second, palette.pale, random.uniform(0, 0.5));

  const raise = random.uniform(-0.25, 0.05);
  const body = new Path()
    .move(0.98, 0.92)
    .curve(0.7, 0.6, 0.4, 0.45, -0.2, 0.5)
    .curve(-0.4, 0.5, -0.5, 0.3, -0.55, raise + 0.05)
    .curve(-0.6, raise - 0.22, -0.95, raise - 0.2, -0.97, raise + 0.1)
    .curve(-1, 0.5, -0.95, 0.9, -0.6, 0.94)
    .curve(-0.2, 0.97, 0.7, 0.97, 0.98, 0.92);
  const horn = (x: number, tilt: number): void => {
    const tip: Point = [x + tilt, raise - 0.48];
    brush.fill(
      new Path().stroke([[x, raise], [x + tilt * 0.6, raise - 0.28], tip], 0.08, 0.05),
      plain(scaled(skin, 0.9)),
    );
    brush.fill(
      new Path().ellipse(tip[0], tip[1], 0.06, 0.06),
      plain(palette.dark),
      ball(tip[0], tip[1], 0.07, 0.07),
      0.8,
    );
  };
  const tilt = random.uniform(0.03, 0.15);
  horn(-0.85, -tilt);
  horn(-0.7, tilt);
  brush.fill(body, rough(plain(skin), 0.08, 0.5, seed), ball(-0.2, 0.75, 1.1, 0.75), 0.3);
  brush.fill(
    new Path().stroke(
      [
        [-0.93, raise + 0.22],
        [-0.84, raise + 0.26],
        [-0.76, raise + 0.24],
      ],
      0.03,
    ),
    plain(palette.dark),
  );

  const turns = random.uniform(2.2, 3);
  const start = random.uniform(0, 2 * Math.PI);
  const coil = (fraction: number): Point => {
    const angle = start + fraction * turns * 2 * Math.PI;
    const r = radius * 0.93 * fraction;
    return [cx + r * cosine(angle), cy + r * sine(angle)];
  };
  const rings = scaled(palette.main, 0.6);
  const bandCount = random.integer(16, 26);
  const spokes = new Path();
  for (let i = 4; i < bandCount; i++) {
    const [x, y] = coil(i / bandCount);
    const wide = (radius * 0.4) / turns;
    const dx = (x - cx) / (radius * (i / bandCount));
    const dy = (y - cy) / (radius * (i / bandCount));
    spokes.stroke(
      [
        [x - dx * wide * 2, y - dy * wide * 2],
        [x - dx * wide * 0.4, y - dy * wide * 0.4],
      ],
      0.03,
      0.05,
    );
  }
  const dome = ball(cx, cy, radius * 1.1, radius * 1.1);
  brush.fill(new Path().ellipse(cx, cy, radius, radius), rough(plain(palette.main), 0.15, 0.3, seed + 3), dome, 0.6);
  brush.fill(spokes, plain(random.chance(0.5) ? rings : palette.accent), dome);
  const points = Array.from({ length: 60 }, (_, i) => coil((i + 1) / 60));
  brush.fill(new Path().stroke(points, 0.045, 0.085), plain(palette.dark), dome);
  brush.fill(new Path().stroke(points, 0.015, 0.035), plain(palette.pale), dome);
}
