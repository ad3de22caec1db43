import { type Brush, ball } from '../brush.ts';
import { blend, scaled } from '../color.ts';
import { arc, Path } from '../path.ts';
import { plain, scales, stripes } from '../textures.ts';

/** A fish from the side: scaly body, rayed fins, forked tail, gill and eye. */
export function drawFish(brush: Brush): void {
  const { random, palette } = brush;
  const height = random.uniform(0.42, 0.62);
  const fork = random.uniform(0.08, 0.3);
  const finColor = random.chance(0.5) ? palette.second : palette.accent;
  const rays = (angle: number) => stripes(finColor, scaled(finColor, 0.65), 0.09, angle, 0.4);

  const tail = new Path()
    .move(0.5, 0)
    .curve(0.7, -0.1, 0.85, -0.5, 1, -0.55)
    .curve(1, -0.3, 1 - fork, -0.15, 1 - fork, 0)
    .curve(1 - fork, 0.15, 1, 0.3, 1, 0.55)
    .curve(0.85, 0.5, 0.7, 0.1, 0.5, 0);
  brush.fill(tail, rays(random.uniform(-0.1, 0.1)));
  const crest = random.uniform(0.2, 0.45);
  const back = new Path()
    .move(-0.35, -height * 0.8)
    .curve(-0.2, -height - crest, 0.2, -height - crest, 0.48, -height * 0.75)
    .curve(0.4, -height * 0.6, 0.3, -height * 0.4, 0.1, -height * 0.5);
  brush.fill(back, rays(1.9));
  const belly = new Path()
    .move(-0.05, height * 0.8)
    .curve(0, height + 0.3, 0.25, height + 0.35, 0.35, height + 0.2)
    .curve(0.3, height, 0.35, height * 0.6, 0.3, height * 0.5);
  brush.fill(belly, rays(1.2));

  const body = new Path()
    .move(-1, 0.03)
    .curve(-0.85, -height * 0.7, -0.4, -height * 1.1, 0, -height)
    .curve(0.35, -height * 0.85, 0.5, -0.15, 0.68, -0.14)
    .line(0.68, 0.14)
    .curve(0.5, 0.15, 0.35, height * 0.85, 0, height)
    .curve(-0.4, height * 1.1, -0.85, height * 0.75, -1, 0.03);
  const size = random.uniform(0.13, 0.2);
  const side = scales(palette.main, scaled(palette.main, 0.5), size, size * 0.8);
  const band = stripes(palette.main, palette.second, random.uniform(0.35, 0.55), Math.PI / 2, 0.4);
  const banded = random.chance(0.5);
  const tint = new Float64Array(3);
  const form = ball(-0.1, 0, 0.95, height * 1.12);
  brush.fill(
    body,
    (x, y, out) => {
      // The scales' rows run along the body.
      side(y, x, out);
      if (!banded) return;
      band(x, y, tint);
      for (let i = 0; i < 3; i++) out[i] = 0.35 * out[i]! + 0.65 * tint[i]! * (out[i]! / (palette.main[i]! + 0.05));
    },
    form,
    0.5,
  );

  const cheek = new Path()
    .move(-1, 0.03)
    .curve(-0.88, -height * 0.6, -0.7, -height * 0.8, -0.5, -height * 0.86)
    .curve(-0.36, -height * 0.3, -0.36, height * 0.3, -0.5, height * 0.88)
    .curve(-0.7, height * 0.8, -0.88, height * 0.6, -1, 0.03);
  brush.fill(cheek, plain(blend(palette.main, palette.pale, 0.3)), form, 0.4);
  brush.fill(new Path().stroke(arc(-0.85, 0, 0.44, height, -0.9, 0.9), 0.045), plain(scaled(palette.main, 0.45)));
  const pectoral = new Path()
    .move(-0.3, 0.08)
    .curve(-0.1, 0, 0.12, 0.1, 0.14, 0.3)
    .curve(0, 0.35, -0.25, 0.3, -0.3, 0.08);
  brush.fill(pectoral, rays(0.4));
  brush.fill(new Path().stroke(arc(-1.02, 0.0, 0.2, 0.2, 0.35, 1.1), 0.035), plain(palette.dark));
  brush.fill(new Path().ellipse(-0.66, -0.13, 0.12, 0.12), plain(palette.pale));
  brush.fill(new Path().ellipse(-0.68, -0.13, 0.065, 0.075), plain(palette.dark), ball(-0.68, -0.13, 0.08, 0.08), 0.9);
}
