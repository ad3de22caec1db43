import { type Affine, type Pose, poseToPixels } from './affine.ts';
import type { Palette } from './color.ts';
import type { Layer, Shader } from './layer.ts';
import { clamp } from './math.ts';
import type { Path } from './path.ts';
import type { Random } from './random.ts';

/** Writes the surface's direction at a point of the drawing into `out`: x and y of the unit normal, z towards us. */
export type Form = (x: number, y: number, out: Float64Array) => void;

/** Where the light comes from (unit vector; x right, y down, z towards us) and how much of it is everywhere. */
export interface Light {
  readonly direction: readonly [number, number, number];
  readonly ambient: number;
}

function bulge(u: number, v: number, out: Float64Array): void {
  const flatness = Math.max(0.08, 1 - u * u - v * v);
  const length = Math.sqrt(u * u + v * v + flatness);
  out[0] = u / length;
  out[1] = v / length;
  out[2] = Math.sqrt(flatness) / length;
}

/** An ellipsoid over the ellipse with this centre and these radii. */
export function ball(cx: number, cy: number, rx: number, ry: number): Form {
  return (x, y, out) => bulge((x - cx) / rx, (y - cy) / ry, out);
}

/** An upright cylinder around x = cx. */
export function tube(cx: number, radius: number): Form {
  return (x, _y, out) => bulge((x - cx) / radius, 0, out);
}

/** A plane that looks slightly towards (x, y): (0, −0.3) is a roof. */
export function plane(nx = 0, ny = 0): Form {
  return (_x, _y, out) => {
    out[0] = nx;
    out[1] = ny;
    out[2] = Math.sqrt(1 - nx * nx - ny * ny);
  };
}

/** Paints the parts of one thing in its own coordinates, [−1, 1]² with y downwards, lit by the scene's light. */
export class Brush {
  readonly random: Random;
  readonly palette: Palette;
  readonly #layer: Layer;
  readonly #toPixels: Affine;
  readonly #light: readonly [number, number, number];
  readonly #ambient: number;

  constructor(layer: Layer, pose: Pose, light: Light, palette: Palette, random: Random) {
    this.random = random;
    this.palette = palette;
    this.#layer = layer;
    this.#toPixels = poseToPixels(pose, layer.side);
    const { a, b, c, d } = this.#toPixels;
    const [lx, ly, lz] = light.direction;
    const alongX = (lx * a + ly * b) / Math.sqrt(a * a + b * b);
    const alongY = (lx * c + ly * d) / Math.sqrt(c * c + d * d);
    this.#light = [alongX, alongY, lz];
    this.#ambient = light.ambient;
  }

  /** Fills a path. `gloss` in [0, 1] adds a highlight. */
  fill(path: Path, texture: Shader, form: Form = plane(), gloss = 0): void {
    const normal = new Float64Array(3);
    const [lx, ly, lz] = this.#light;
    const ambient = this.#ambient;
    this.#layer.fill(path, this.#toPixels, (x, y, out) => {
      texture(x, y, out);
      form(x, y, normal);
      const [nx, ny, nz] = [normal[0]!, normal[1]!, normal[2]!];
      const facing = Math.max(0, nx * lx + ny * ly + nz * lz);
      const shade = ambient + (1.15 - ambient) * facing;
      // Mirror direction towards us, to the 16th power.
      const mirrored = Math.max(0, 2 * facing * nz - lz);
      const m4 = mirrored * mirrored * mirrored * mirrored;
      const highlight = gloss * m4 * m4 * m4 * m4;
      for (let i = 0; i < 3; i++) out[i] = clamp(out[i]! * shade + highlight);
    });
  }
}
