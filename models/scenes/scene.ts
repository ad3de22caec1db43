import type { RgbImage } from '../../src/image/rgb-image.ts';
import type { Pose } from './affine.ts';
import { paintBackground } from './background.ts';
import { Brush, type Light } from './brush.ts';
import { paintDistractors, paintScraps } from './clutter.ts';
import { type Color, hsv, randomPalette } from './color.ts';
import { Layer } from './layer.ts';
import { clamp, cosine, sine } from './math.ts';
import { latticeValue } from './noise.ts';
import { drawButterfly } from './objects/butterfly.ts';
import { drawCar } from './objects/car.ts';
import { drawCup } from './objects/cup.ts';
import { drawFish } from './objects/fish.ts';
import { drawHouse } from './objects/house.ts';
import { drawLighthouse } from './objects/lighthouse.ts';
import { drawMushroom } from './objects/mushroom.ts';
import { drawSailboat } from './objects/sailboat.ts';
import { drawSnail } from './objects/snail.ts';
import { drawTree } from './objects/tree.ts';
import { Random } from './random.ts';

const OBJECTS: readonly (readonly [name: string, draw: (brush: Brush) => void])[] = [
  ['butterfly', drawButterfly],
  ['car', drawCar],
  ['cup', drawCup],
  ['fish', drawFish],
  ['house', drawHouse],
  ['lighthouse', drawLighthouse],
  ['mushroom', drawMushroom],
  ['sailboat', drawSailboat],
  ['snail', drawSnail],
  ['tree', drawTree],
];

/** Names of the classes, in the order of the labels. */
export const SCENE_CLASSES: readonly string[] = OBJECTS.map(([name]) => name);

/** Seeds of the three disjoint sets; a set uses as many as it needs from its first one on. */
export const SCENE_SEEDS = { train: 0, validation: 1_000_000, test: 2_000_000 } as const;

/** Pixels are drawn at this multiple of the picture's side and averaged. */
const SUPERSAMPLING = 2;

/** Independent sequences of random numbers of one seed: none depends on what another draws. */
const STREAM = { label: 1, ground: 2, pose: 3, object: 4, front: 5 } as const;

export interface SceneOptions {
  /** Pixels of a side; 128 if not given. */
  readonly size?: number;
  /** Draws this class into the seed's surroundings, instead of the seed's own class. */
  readonly label?: number;
}

export interface Scene {
  /** Index into {@link SCENE_CLASSES}. */
  readonly label: number;
  readonly image: RgbImage;
  /** One byte a pixel: 1 where the labelled object shows (at least half of the pixel), else 0. */
  readonly mask: Uint8Array;
}

function randomLight(random: Random): Light {
  const angle = random.uniform(Math.PI * 1.1, Math.PI * 1.9);
  const height = random.uniform(0.55, 0.8);
  const level = Math.sqrt(1 - height * height);
  return { direction: [cosine(angle) * level, sine(angle) * level, height], ambient: random.uniform(0.35, 0.6) };
}

function randomPose(random: Random): Pose {
  const scale = random.uniform(0.2, 0.4);
  const room = Math.max(0, 0.5 - scale * 0.9);
  return {
    x: 0.5 + random.uniform(-room, room),
    y: 0.5 + random.uniform(-room, room),
    scale,
    rotation: random.uniform(-0.4, 0.4),
    stretch: random.uniform(0.85, 1.15) * (random.chance(0.5) ? 1 : -1),
    shear: random.uniform(-0.18, 0.18),
  };
}

/**
 * Renders a labelled picture: one object of a class, of any colours, size, pose and light, on a cluttered background,
 * with things of no class behind it and now and then before it. The same seed gives the same bits on every machine.
 */
export function renderScene(seed: number, options: SceneOptions = {}): Scene {
  const size = options.size ?? 128;
  const label = options.label ?? new Random(seed, STREAM.label).integer(0, OBJECTS.length - 1);
  const side = size * SUPERSAMPLING;

  const ground = new Random(seed, STREAM.ground);
  const light = randomLight(ground);
  const canvas = new Layer(side);
  const backgroundColor = paintBackground(canvas, SUPERSAMPLING, ground);
  const shadow = ground.uniform(0.15, 0.55);
  const cast = (layer: Layer, distance: number): void => {
    const [lx, ly] = light.direction;
    canvas.shadowOf(layer, Math.round(-lx * distance * side), Math.round(-ly * distance * side), shadow);
    canvas.over(layer);
  };
  paintScraps(canvas, light, ground);
  const behind = new Layer(side);
  paintDistractors(behind, light, ground, ground.integer(2, 6), 0.15);
  cast(behind, 0.02);

  const pose = randomPose(new Random(seed, STREAM.pose));
  const object = new Layer(side);
  const random = new Random(seed, STREAM.object);
  const palette = randomPalette(random, backgroundColor);
  OBJECTS[label]![1](new Brush(object, pose, light, palette, random));
  cast(object, 0.1 * pose.scale);

  const front = new Random(seed, STREAM.front);
  const before = new Layer(side);
  if (front.chance(0.5)) {
    paintDistractors(before, light, front, front.integer(1, 3), 0.07);
    cast(before, 0.02);
  }

  return { label, image: develop(canvas, size, front), mask: visibleMask(object, before, size) };
}

/** Averages the fine pixels, tints and exposes the picture, adds sensor noise, and rounds to bytes. */
function develop(canvas: Layer, size: number, random: Random): RgbImage {
  const tint: Color = hsv(random.uniform(), random.uniform(0, 0.15), 1);
  const exposure = random.uniform(0.85, 1.12);
  const grain = random.uniform(0, 0.05);
  const noiseSeed = random.integer(0, 1e6);
  const data = new Uint8Array(size * size * 3);
  const share = 1 / SUPERSAMPLING ** 2;
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      for (let i = 0; i < 3; i++) {
        let sum = 0;
        forEachFinePixel(canvas.side, x, y, (at) => {
          sum += canvas.rgb[at * 3 + i]!;
        });
        const noise = grain * (latticeValue(x * 3 + i, y, noiseSeed) - 0.5);
        data[(y * size + x) * 3 + i] = Math.floor(clamp(sum * share * tint[i]! * exposure + noise) * 255 + 0.5);
      }
    }
  }
  return { width: size, height: size, data };
}

function visibleMask(object: Layer, before: Layer, size: number): Uint8Array {
  const mask = new Uint8Array(size * size);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      let cover = 0;
      forEachFinePixel(object.side, x, y, (at) => {
        cover += object.alpha[at]! * (1 - before.alpha[at]!);
      });
      mask[y * size + x] = cover * 2 >= SUPERSAMPLING ** 2 ? 1 : 0;
    }
  }
  return mask;
}

function forEachFinePixel(side: number, x: number, y: number, visit: (at: number) => void): void {
  for (let dy = 0; dy < SUPERSAMPLING; dy++) {
    for (let dx = 0; dx < SUPERSAMPLING; dx++) visit((y * SUPERSAMPLING + dy) * side + x * SUPERSAMPLING + dx);
  }
}
