import { SalientError } from '../error.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { resizeRegion } from './resize.ts';
import { checkSize, type RgbImage } from './rgb-image.ts';

type Triple = readonly [number, number, number];

/** How a photograph becomes a network's input. */
export interface Preprocessing {
  /** Length of the shorter side after resizing, in pixels; `null`: not resized. */
  readonly resize: number | null;
  /** Side of the square cut from the centre, in pixels; `null`: nothing is cut. */
  readonly crop: number | null;
  /** Order of the tensor's channels; `mean` and `std` are in that order too. */
  readonly order: 'rgb' | 'bgr';
  /** What 255 becomes, before the mean is subtracted: 1, or 255 itself. */
  readonly range: 1 | 255;
  readonly mean: Triple;
  readonly std: Triple;
}

/** Parts of a preprocessing to replace in another; what is absent stays. */
export type PreprocessingChanges = { readonly [K in keyof Preprocessing]?: Preprocessing[K] | undefined };

export type PreprocessingName = 'imagenet' | 'caffe' | 'none';

/**
 * The usual preprocessings: `imagenet` of torchvision and most of the ONNX model zoo, `caffe` of networks that came from
 * Caffe, `none` the pixels as they are, 0 to 255.
 */
export const PRESETS: Readonly<Record<PreprocessingName, Preprocessing>> = {
  imagenet: {
    resize: 256,
    crop: 224,
    order: 'rgb',
    range: 1,
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
  },
  caffe: {
    resize: 256,
    crop: 224,
    order: 'bgr',
    range: 255,
    mean: [104.00699, 116.66877, 122.67892],
    std: [1, 1, 1],
  },
  none: { resize: null, crop: null, order: 'rgb', range: 255, mean: [0, 0, 0], std: [1, 1, 1] },
};

/** A network's input, and the very pixels it was made of, to draw maps upon. */
export interface PreprocessedImage {
  /** [3, H, W]. */
  readonly tensor: Tensor<Float32Array>;
  /** H×W. */
  readonly shown: RgbImage;
}

/**
 * Resizes, crops and normalises a photograph as torchvision does with a Pillow image: the shorter side to `resize`, the
 * longer to ⌊resize·long/short⌋, antialiased bilinear with 8-bit results; the crop at round((side − crop)/2), halves to
 * the even number; then (value·range/255 − mean)/std per channel.
 *
 * @throws SalientError `bad-argument` where an option makes no sense, `bad-image` where the crop is larger than the photo
 */
export function preprocess(photo: RgbImage, options: Preprocessing): PreprocessedImage {
  checkPreprocessing(options);
  const shown = resizeAndCrop(photo, options.resize, options.crop);
  return { tensor: normalise(shown, options), shown };
}

function resizeAndCrop(photo: RgbImage, resize: number | null, crop: number | null): RgbImage {
  const short = Math.min(photo.width, photo.height);
  const sideOf = (side: number) => {
    if (resize === null) return side;
    return side === short ? resize : Math.floor((resize * side) / short);
  };
  const width = sideOf(photo.width);
  const height = sideOf(photo.height);
  if (crop !== null && crop > Math.min(width, height)) {
    throw new SalientError(
      'bad-image',
      `a ${crop}×${crop} crop does not fit into the ${width}×${height} image; choose a resize of at least ${crop}`,
    );
  }
  const cut = {
    x: crop === null ? 0 : roundHalfEven((width - crop) / 2),
    y: crop === null ? 0 : roundHalfEven((height - crop) / 2),
    width: crop ?? width,
    height: crop ?? height,
  };
  checkSize(cut.width, cut.height); // a long, thin picture without a crop may have grown
  return resizeRegion(photo, width, height, cut);
}

/** Python's `round`. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** An 8-bit picture as a tensor [3, H, W]; each number is computed in float64 and rounded once. */
export function normalise(image: RgbImage, options: Preprocessing): Tensor<Float32Array> {
  const { width, height, data } = image;
  const pixels = width * height;
  const result = new Float32Array(3 * pixels);
  for (let channel = 0; channel < 3; channel++) {
    const component = options.order === 'rgb' ? channel : 2 - channel;
    const mean = options.mean[channel]!;
    const std = options.std[channel]!;
    const values = Float32Array.from({ length: 256 }, (_, v) => ((v * options.range) / 255 - mean) / std);
    for (let i = 0; i < pixels; i++) result[channel * pixels + i] = values[data[3 * i + component]!]!;
  }
  return { shape: [3, height, width], data: result };
}

/**
 * A preprocessing with parts of it replaced.
 * @throws SalientError `bad-argument` where there is no such part, or the result makes no sense
 */
export function withChanges(base: Preprocessing, changes: PreprocessingChanges): Preprocessing {
  const changed: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(changes)) {
    if (!Object.hasOwn(base, name)) {
      const known = Object.keys(base).join(', ');
      throw new SalientError('bad-argument', `there is no preprocessing "${name}"; its parts are ${known}`);
    }
    if (value !== undefined) changed[name] = value;
  }
  const result = changed as unknown as Preprocessing;
  checkPreprocessing(result);
  return result;
}

const LARGEST_SIDE = 4096;

/** @throws SalientError `bad-argument` where an option makes no sense, or is missing (in a file, say) */
export function checkPreprocessing({ resize, crop, order, range, mean, std }: Preprocessing): void {
  const bad = (name: string, found: unknown, expected: string): never => {
    throw new SalientError('bad-argument', `${name} is ${found}; ${expected}`);
  };
  for (const [name, side] of Object.entries({ resize, crop })) {
    if (side !== null && !(Number.isInteger(side) && side >= 1 && side <= LARGEST_SIDE)) {
      bad(name, side, `a whole number of pixels from 1 to ${LARGEST_SIDE} is expected`);
    }
  }
  if (order !== 'rgb' && order !== 'bgr') bad('order', order, 'rgb or bgr is expected');
  if (range !== 1 && range !== 255) bad('range', range, '1 or 255 is expected');
  const isTriple = (numbers: unknown) =>
    Array.isArray(numbers) && numbers.length === 3 && numbers.every(Number.isFinite);
  if (!isTriple(mean)) bad('mean', mean, 'three numbers are expected');
  if (!isTriple(std) || std.some((value) => value <= 0)) bad('std', std, 'three numbers above 0 are expected');
}
