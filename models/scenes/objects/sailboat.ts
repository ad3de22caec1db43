import { type Brush, plane, tube } from '../brush.ts';
import { blend, scaled } from '../color.ts';
import { Path } from '../path.ts';
import { gradient, plain, planks, stripes } from '../textures.ts';

/** A sailing boat: planked hull, mast with pennant, main sail and jib with seams. */
export function drawSailboat(brush: Brush): void {
  const { random, palette } = brush;
  const seed = random.integer(0, 1e6);
  const deck = random.uniform(0.42, 0.52);
  const mast = random.uniform(-0.18, 0.05);
  const top = random.uniform(-1, -0.85);
  const boom = deck - 0.14;

  brush.fill(
    new Path().stroke(
      [
        [mast, top - 0.04],
        [mast, deck],
      ],
      0.05,
    ),
    plain(palette.dark),
    tube(mast, 0.04),
  );
  const pennant = new Path()
    .move(mast, top - 0.06)
    .curve(mast - 0.1, top - 0.12, mast - 0.18, top, mast - 0.3, top + 0.02)
    .curve(mast - 0.18, top + 0.06, mast - 0.1, top + 0.02, mast, top + 0.08);
  brush.fill(pennant, plain(palette.accent));

  const reach = random.uniform(0.72, 0.9);
  const belly = random.uniform(0.1, 0.3);
  const cloth = random.chance(0.5) ? palette.pale : palette.second;
  const mainSail = new Path()
    .move(mast + 0.05, top)
    .curve(mast + 0.3 + belly, top + 0.45, reach - 0.02 + belly / 3, boom - 0.4, reach, boom)
    .curve(reach - 0.3, boom + 0.06, mast + 0.3, boom + 0.05, mast + 0.05, boom);
  const seam = blend(cloth, palette.dark, random.uniform(0.25, 0.6));
  const banded = random.chance(0.5);
  brush.fill(
    mainSail,
    banded
      ? stripes(cloth, palette.main, random.uniform(0.28, 0.42), -0.12, 0.45)
      : stripes(cloth, seam, 0.24, -0.12, 0.1),
    tube(mast - 0.1, reach + 0.35),
  );
  const bow = random.uniform(-0.98, -0.86);
  const jib = new Path()
    .move(mast - 0.06, top + 0.14)
    .curve(mast - 0.25, top + 0.6, bow + 0.3, boom - 0.3, bow + 0.02, deck - 0.06)
    .curve(bow + 0.3, deck - 0.12, mast - 0.3, boom, mast - 0.08, boom - 0.02);
  brush.fill(jib, stripes(banded ? palette.pale : palette.main, seam, 0.26, 0.15, 0.1), tube(mast + 0.2, 1.2));
  brush.fill(
    new Path().stroke(
      [
        [mast, boom + 0.03],
        [reach, boom + 0.03],
      ],
      0.045,
    ),
    plain(palette.dark),
  );

  const keel = random.uniform(0.85, 0.98);
  const hull = new Path()
    .move(bow - 0.02, deck - 0.06)
    .curve(-0.4, deck + 0.05, 0.5, deck + 0.05, 0.95, deck)
    .curve(0.92, keel - 0.15, 0.8, keel, 0.62, keel)
    .line(-0.5, keel)
    .curve(-0.75, keel - 0.05, bow, deck + 0.2, bow - 0.02, deck - 0.06);
  brush.fill(hull, planks(palette.main, scaled(palette.main, 0.4), random.uniform(0.1, 0.15), seed), plane(0, 0.35));
  const rail = new Path()
    .move(bow - 0.02, deck - 0.06)
    .curve(-0.4, deck + 0.05, 0.5, deck + 0.05, 0.95, deck)
    .line(0.94, deck + 0.08)
    .curve(0.5, deck + 0.13, -0.4, deck + 0.13, bow + 0.02, deck + 0.04);
  brush.fill(rail, gradient(palette.second, scaled(palette.second, 0.7), deck - 0.05, deck + 0.12));
  const portholes = new Path();
  for (let x = -0.35; x < 0.7; x += 0.3) portholes.ellipse(x, (deck + keel) / 2 + 0.04, 0.055, 0.055);
  if (random.chance(0.5)) brush.fill(portholes, plain(palette.pale));
}
