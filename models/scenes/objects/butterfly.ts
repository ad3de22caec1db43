import { type Brush, ball, plane } from '../brush.ts';
import { blend, scaled } from '../color.ts';
import { Path, type Point } from '../path.ts';
import { plain, rough, stripes } from '../textures.ts';

/** A butterfly with its wings spread: dark margins, coloured cells, eye spots, ringed body, feelers. */
export function drawButterfly(brush: Brush): void {
  const { random, palette } = brush;
  const seed = random.integer(0, 1e6);
  const tip = random.uniform(-0.92, -0.7);
  const reach = random.uniform(0.85, 1);
  const waist = random.uniform(0, 0.12);
  const low = random.uniform(0.68, 0.92);
  const eye = random.uniform(0.08, 0.13);
  const cell = random.chance(0.5) ? palette.second : blend(palette.main, palette.pale, 0.5);
  const veins = random.uniform(0.12, 0.2);

  for (const side of [-1, 1]) {
    const wing = (points: readonly Point[], shrink: number, [ox, oy]: Point): Path =>
      new Path().smooth(points.map(([x, y]): Point => [side * (ox + (x - ox) * shrink), oy + (y - oy) * shrink]));
    const upper: Point[] = [
      [0.05, -0.12],
      [0.35, -0.6],
      [reach * 0.85, tip],
      [reach, tip + 0.18],
      [reach * 0.86, -0.15],
      [0.55, waist],
      [0.06, 0.06],
    ];
    const lower: Point[] = [
      [0.05, 0.02],
      [0.5, waist + 0.02],
      [0.78, 0.22],
      [0.74, low * 0.75],
      [0.5, low],
      [0.28, low * 0.8],
      [0.05, 0.3],
    ];
    const form = plane(side * 0.25, -0.1);
    const ribs = (angle: number) => stripes(palette.main, scaled(palette.main, 0.55), veins, side * angle, 0.22);
    brush.fill(wing(lower, 1, [0.4, 0.4]), plain(palette.dark), form);
    brush.fill(wing(lower, 0.8, [0.36, 0.36]), rough(ribs(1.1), 0.2, 0.3, seed), form);
    brush.fill(wing(lower, 0.4, [0.38, 0.4]), plain(cell), form);
    brush.fill(wing(upper, 1, [0.5, -0.4]), plain(palette.dark), form);
    brush.fill(wing(upper, 0.82, [0.46, -0.36]), rough(ribs(-0.7), 0.2, 0.3, seed), form);
    brush.fill(wing(upper, 0.4, [0.4, -0.32]), plain(cell), form);
    const [ex, ey] = [side * reach * 0.74, tip + 0.3];
    brush.fill(new Path().ellipse(ex, ey, eye * 1.3, eye * 1.3), plain(palette.pale), form);
    brush.fill(new Path().ellipse(ex, ey, eye * 0.7, eye * 0.7), plain(palette.accent), form);
    const pearls = new Path();
    for (let i = 0; i < 4; i++)
      pearls.ellipse(side * (0.32 + 0.12 * i), low * (0.92 - 0.09 * i * i * 0.6), 0.035, 0.035);
    brush.fill(pearls, plain(palette.pale));
    brush.fill(
      new Path().stroke(
        [
          [side * 0.03, -0.42],
          [side * 0.12, -0.7],
          [side * 0.27, -0.88],
        ],
        0.035,
      ),
      plain(palette.dark),
    );
    brush.fill(new Path().ellipse(side * 0.28, -0.9, 0.045, 0.045), plain(palette.dark));
  }
  const body = new Path().ellipse(0, 0.12, 0.085, 0.5).ellipse(0, -0.4, 0.09, 0.1);
  brush.fill(body, stripes(scaled(palette.dark, 1.9), palette.dark, 0.13), ball(0, 0.1, 0.11, 0.7), 0.4);
}
