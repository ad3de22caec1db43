import { type Brush, ball, plane } from '../brush.ts';
import { scaled } from '../color.ts';
import { cosine, sine } from '../math.ts';
import { Path } from '../path.ts';
import { gradient, plain, stripes } from '../textures.ts';

/** A small car from the side: body with cabin, windows, doors, lamps, and wheels with spokes. */
export function drawCar(brush: Brush): void {
  const { random, palette } = brush;
  const roof = random.uniform(-0.62, -0.48);
  const waist = random.uniform(-0.08, 0.02);
  const front = random.uniform(-0.58, -0.42);
  const back = random.uniform(0.5, 0.85);
  const sill = 0.42;
  const wheel = random.uniform(0.22, 0.27);

  const body = new Path()
    .move(-0.98, sill)
    .curve(-1.02, 0.2, -1, waist + 0.06, -0.86, waist + 0.03)
    .curve(-0.75, waist - 0.04, -0.65, waist - 0.03, front - 0.08, waist - 0.02)
    .curve(front + 0.1, roof + 0.15, front + 0.2, roof, front + 0.38, roof)
    .curve(0.1, roof - 0.05, 0.2, roof - 0.02, back - 0.3, roof + 0.03)
    .curve(back - 0.12, roof + 0.08, back, waist - 0.1, back + 0.04, waist - 0.02)
    .curve(0.9, waist, 0.98, waist + 0.05, 0.98, sill);
  const paint = random.chance(0.4)
    ? stripes(palette.main, palette.second, 1.6, 0, 0.13)
    : gradient(palette.main, scaled(palette.main, 0.75), waist, sill);
  brush.fill(body, paint, ball(0, 0.3, 1.25, 1.0), 0.5);
  brush.fill(new Path().rectangle(-0.97, sill - 0.1, 0.98, sill + 0.04), plain(scaled(palette.dark, 1.3)));

  const glass = gradient(scaled(palette.pale, 0.95), scaled(palette.pale, 0.55), roof, waist);
  const pillar = random.uniform(-0.02, 0.12);
  const windows = new Path()
    .move(front + 0.03, waist - 0.04)
    .curve(front + 0.15, roof + 0.2, front + 0.25, roof + 0.09, front + 0.38, roof + 0.09)
    .line(pillar - 0.04, roof + 0.07)
    .line(pillar - 0.04, waist - 0.04)
    .move(pillar + 0.04, waist - 0.04)
    .line(pillar + 0.04, roof + 0.07)
    .line(back - 0.32, roof + 0.11)
    .curve(back - 0.2, roof + 0.15, back - 0.1, waist - 0.12, back - 0.07, waist - 0.04);
  brush.fill(windows, glass, plane(0, -0.2), 0.4);
  const seams = new Path()
    .stroke(
      [
        [pillar, roof + 0.08],
        [pillar, sill - 0.1],
      ],
      0.025,
    )
    .stroke(
      [
        [front + 0.05, waist],
        [front + 0.1, sill - 0.1],
      ],
      0.025,
    )
    .stroke(
      [
        [pillar - 0.2, waist + 0.1],
        [pillar - 0.08, waist + 0.1],
      ],
      0.04,
    );
  brush.fill(seams, plain(scaled(palette.main, 0.4)));
  brush.fill(
    new Path().ellipse(-0.88, waist + 0.15, 0.075, 0.085),
    plain(palette.pale),
    ball(-0.88, waist + 0.15, 0.1, 0.1),
    0.8,
  );
  brush.fill(new Path().rectangle(0.9, waist + 0.07, 0.98, waist + 0.22), plain(palette.accent));
  brush.fill(
    new Path()
      .stroke(
        [
          [-0.96, sill - 0.03],
          [-0.85, sill - 0.03],
        ],
        0.08,
      )
      .stroke(
        [
          [0.88, sill - 0.03],
          [0.97, sill - 0.03],
        ],
        0.08,
      ),
    plain(palette.pale),
  );

  const spokes = random.integer(4, 7);
  for (const x of [random.uniform(-0.62, -0.56), random.uniform(0.54, 0.62)]) {
    const y = sill + 0.06;
    brush.fill(new Path().ellipse(x, y - 0.02, wheel * 1.15, wheel * 1.15), plain(scaled(palette.dark, 0.6)));
    brush.fill(new Path().ellipse(x, y, wheel, wheel), plain(palette.dark), ball(x, y, wheel * 1.3, wheel * 1.3));
    brush.fill(
      new Path().ellipse(x, y, wheel * 0.62, wheel * 0.62),
      plain(palette.pale),
      ball(x, y, wheel, wheel),
      0.4,
    );
    const gaps = new Path();
    for (let i = 0; i < spokes; i++) {
      const angle = (i * 2 * Math.PI) / spokes;
      gaps.ellipse(x + wheel * 0.38 * cosine(angle), y + wheel * 0.38 * sine(angle), wheel * 0.12, wheel * 0.12);
    }
    brush.fill(gaps, plain(palette.dark));
  }
}
