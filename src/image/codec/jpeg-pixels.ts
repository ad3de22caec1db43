import type { Steps } from '../../tensor/turns.ts';
import type { Reduction, RgbImage } from '../rgb-image.ts';
import type { Component, Frame } from './jpeg-frame.ts';
import { inverseDct, reducedInverseDct } from './jpeg-idct.ts';

/** How a frame's components make colours. */
export type JpegColours = 'grey' | 'rgb' | 'ycc' | 'inverted-cmyk' | 'inverted-ycck';

/** The samples of one component, of which the left `width` columns and the upper `height` rows matter. */
interface Plane {
  readonly component: Component;
  readonly width: number;
  readonly height: number;
  readonly stride: number;
  readonly samples: Uint8Array;
}

/**
 * A decoded frame as RGB, at the size that its blocks' side makes it, a row of blocks or pixels a step. Chroma of half the
 * size is enlarged by a triangle filter, as most programs do by default.
 */
export function* framePixels(frame: Frame, colours: JpegColours): Steps<RgbImage> {
  const [width, height] = [shownSide(frame.width, frame), shownSide(frame.height, frame)];
  const data = new Uint8Array(width * height * 3);
  const planes: Plane[] = [];
  for (const component of frame.components) planes.push(yield* planeOf(component, frame));
  const rows = planes.map(() => new Uint8Array(width + 1));
  const convert = CONVERTERS[colours];
  for (let y = 0; y < height; y++) {
    planes.forEach((plane, i) => {
      enlargedRow(plane, frame, width, y, rows[i]!);
    });
    const [first, second = first, third = first, fourth = first] = rows;
    for (let x = 0, to = y * width * 3; x < width; x++, to += 3) {
      convert(first![x]!, second![x]!, third![x]!, fourth![x]!, data, to);
    }
    yield;
  }
  return { width, height, data, ...(frame.side < 8 && { reduced: (8 / frame.side) as Reduction }) };
}

/** Samples that are made of so many of the file's. */
function shownSide(samples: number, { side }: Frame): number {
  return Math.ceil((samples * side) / 8);
}

function* planeOf(component: Component, frame: Frame): Steps<Plane> {
  const { blocksX, blocksY, coefficients, quantisation } = component;
  const { side } = frame;
  const stride = side * blocksX;
  const samples = new Uint8Array(stride * side * blocksY);
  const transform = side === 8 ? inverseDct : reducedInverseDct(side);
  for (let y = 0; y < blocksY; y++) {
    for (let x = 0; x < blocksX; x++) {
      const at = side * side * (y * blocksX + x);
      transform(coefficients.kept, at, quantisation!, samples, side * (y * stride + x), stride);
    }
    yield;
  }
  const [width, height] = [shownSide(component.width, frame), shownSide(component.height, frame)];
  return { component, width, height, stride, samples };
}

/** Row `y` of a plane at the picture's width `across`. */
function enlargedRow(plane: Plane, frame: Frame, across: number, y: number, row: Uint8Array): void {
  const { width, height, stride, samples } = plane;
  const { h, v } = plane.component;
  const twiceAcross = frame.maxH === 2 * h;
  const twiceDown = frame.maxV === 2 * v;
  const smooth = twiceAcross ? width > 2 && (twiceDown || frame.maxV === v) : twiceDown && frame.maxH === h;
  if (!smooth) {
    const from = Math.floor((y * v) / frame.maxV) * stride;
    for (let x = 0; x < across; x++) row[x] = samples[from + Math.floor((x * h) / frame.maxH)]!;
    return;
  }
  const line = twiceDown ? y >> 1 : y;
  // Between two lines of samples, the nearer one counts three times; at the edge a line is its own neighbour.
  const neighbour = y & 1 ? Math.min(line + 1, height - 1) : Math.max(line - 1, 0);
  const near = line * stride;
  const far = neighbour * stride;
  const mixed = (x: number) => (twiceDown ? 3 * samples[near + x]! + samples[far + x]! : samples[near + x]!);
  if (!twiceAcross) {
    const rounding = y & 1 ? 2 : 1;
    for (let x = 0; x < across; x++) row[x] = (mixed(x) + rounding) >> 2;
    return;
  }
  // Roundings alternate, so that on the whole they favour neither side.
  const shift = twiceDown ? 4 : 2;
  const leftRounding = twiceDown ? 8 : 1;
  const rightRounding = twiceDown ? 7 : 2;
  let left = mixed(0);
  let here = left;
  for (let x = 0; 2 * x < across; x++) {
    const right = x + 1 < width ? mixed(x + 1) : here;
    row[2 * x] = (3 * here + left + leftRounding) >> shift;
    row[2 * x + 1] = (3 * here + right + rightRounding) >> shift;
    left = here;
    here = right;
  }
}

type Converter = (a: number, b: number, c: number, d: number, to: Uint8Array, at: number) => void;

const CONVERTERS: Readonly<Record<JpegColours, Converter>> = {
  grey: (a, _b, _c, _d, to, at) => {
    to.fill(a, at, at + 3);
  },
  rgb: (a, b, c, _d, to, at) => {
    to[at] = a;
    to[at + 1] = b;
    to[at + 2] = c;
  },
  ycc: (a, b, c, _d, to, at) => fromYcc(a, b, c, to, at),
  'inverted-cmyk': (a, b, c, d, to, at) => fromInvertedCmyk(a, b, c, d, to, at),
  'inverted-ycck': (a, b, c, d, to, at) => {
    fromYcc(a, b, c, to, at);
    fromInvertedCmyk(255 - to[at]!, 255 - to[at + 1]!, 255 - to[at + 2]!, d, to, at);
  },
};

const HALF = 1 << 15;
const fixed = (value: number) => Math.round(value * 65536);
const RED = fixed(1.402);
const GREEN_BLUE = fixed(0.34414);
const GREEN_RED = fixed(0.71414);
const BLUE = fixed(1.772);

/** JFIF's colours, in 16-bit fixed point. */
function fromYcc(luma: number, chromaBlue: number, chromaRed: number, to: Uint8Array, at: number): void {
  const blue = chromaBlue - 128;
  const red = chromaRed - 128;
  to[at] = toByte(luma + ((RED * red + HALF) >> 16));
  to[at + 1] = toByte(luma + ((HALF - GREEN_BLUE * blue - GREEN_RED * red) >> 16));
  to[at + 2] = toByte(luma + ((BLUE * blue + HALF) >> 16));
}

/** Light that the inks let through: 255 is no ink. */
function fromInvertedCmyk(c: number, m: number, y: number, k: number, to: Uint8Array, at: number): void {
  to[at] = Math.round((c * k) / 255);
  to[at + 1] = Math.round((m * k) / 255);
  to[at + 2] = Math.round((y * k) / 255);
}

function toByte(value: number): number {
  return Math.min(Math.max(value, 0), 255);
}
