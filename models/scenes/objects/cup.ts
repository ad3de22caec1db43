import { type Brush, ball, plane, tube } from '../brush.ts';
import { blend, scaled } from '../color.ts';
import type { Shader } from '../layer.ts';
import { arc, Path } from '../path.ts';
import { checks, dots, plain, stripes } from '../textures.ts';

/** A cup on a saucer: glazed bowl with a painted band, handle, rim with drink in it. */
export function drawCup(brush: Brush): void {
  const { random, palette } = brush;
  const top = random.uniform(-0.75, -0.55);
  const half = random.uniform(0.56, 0.66);
  const base = half * random.uniform(0.55, 0.85);
  const tilt = random.uniform(0.13, 0.2);
  const cx = -0.18;
  const glaze = palette.main;

  if (random.chance(0.75)) {
    const saucer = random.uniform(0.82, 0.92);
    brush.fill(new Path().ellipse(cx + 0.1, 0.77, saucer, 0.22), plain(scaled(palette.second, 0.8)), plane(0, 0.3));
    brush.fill(new Path().ellipse(cx + 0.1, 0.74, saucer, 0.2), plain(palette.second), plane(0, -0.4), 0.3);
    brush.fill(new Path().ellipse(cx + 0.1, 0.73, saucer * 0.66, 0.12), plain(scaled(palette.second, 0.72)));
  }
  const drop = random.uniform(0.3, 0.4);
  const ear = arc(cx + half * 0.88, top + 0.2 + drop, 0.42, drop, -1.5, 1.6);
  brush.fill(new Path().stroke(ear, 0.15, 0.11), plain(scaled(glaze, 0.85)), ball(cx + half, top + 0.3, 0.9, 1), 0.4);

  const side = (path: Path, down: number): Path =>
    path
      .move(cx - half, top)
      .curve(cx - half, top + 0.6, cx - base, 0.45, cx - base, down)
      .curve(cx - base / 2, down + tilt * 0.8, cx + base / 2, down + tilt * 0.8, cx + base, down)
      .curve(cx + base, 0.45, cx + half, top + 0.6, cx + half, top);
  const patterns: readonly Shader[] = [
    stripes(glaze, palette.accent, 0.24, 0, 0.4),
    stripes(glaze, palette.accent, 0.22, Math.PI / 2, 0.4),
    dots(glaze, palette.pale, 0.25, 0.28),
    checks(glaze, palette.pale, 0.19),
    plain(glaze),
  ];
  const pattern = random.pick(patterns);
  const bandTop = random.uniform(0.12, 0.3);
  const bandBottom = random.uniform(0.75, 1.1);
  brush.fill(
    side(new Path(), 0.7),
    (x, y, out) => {
      const u = (x - cx) / half;
      const level = y - tilt * Math.sqrt(Math.max(0, 1 - u * u)) - top;
      if (level > bandTop && level < bandBottom) pattern(x * (1 + 0.25 * u * u), level, out);
      else for (let i = 0; i < 3; i++) out[i] = glaze[i]!;
    },
    tube(cx, half * 1.08),
    0.8,
  );
  brush.fill(new Path().ellipse(cx, top, half, tilt), plain(blend(glaze, palette.pale, 0.55)), plane(0, -0.3));
  brush.fill(new Path().ellipse(cx, top + 0.02, half * 0.88, tilt * 0.82), plain(scaled(glaze, 0.5)));
  const drink = random.chance(0.6) ? palette.dark : palette.accent;
  brush.fill(
    new Path().ellipse(cx, top + 0.06, half * 0.8, tilt * 0.62),
    plain(drink),
    ball(cx, top, half * 2, tilt * 4),
    0.5,
  );
}
