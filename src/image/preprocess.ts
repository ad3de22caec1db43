import { SalientError } from '../error.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { resizeRegion } from './resize.ts';
import { checkSize, type RgbImage } from './rgb-image.ts';

export type Size = readonly [height: number, width: number];

type Triple = readonly [number, number, number];

/** How a photograph becomes a network's input. */
export interface Preprocessing {
  /**
   * Length of the shorter side after resizing, in pixels; or height and width, whatever the photograph's proportions are;
   * `null`: not resized.
   */
  readonly resize: number | Size | null;
  /** Side of the square (or height and width of what is) cut from the centre, in pixels; `null`: nothing is cut. */
  readonly crop: number | Size | null;
  /** Order of the tensor's channels, in which `mean` and `std` are too; or one channel of luma, which has their first. */
  readonly order: 'rgb' | 'bgr' | 'grey';
  /** What 255 becomes, before the mean is subtracted: 1, or 255 itself. */
  readonly range: 1 | 255;
  readonly mean: Triple;
  readonly std: Triple;
}

/** Parts of a preprocessing to replace in another; what is absent stays. */
export type PreprocessingChanges = { readonly [K in keyof Preprocessing]?: Preprocessing[K] | undefined } & {
  /** Take these instead of a file's own, in the size that the network takes. */
  readonly preset?: PreprocessingName | undefined;
};

/** The names of {@link PRESETS}. */
export type PreprocessingName = 'imagenet' | 'caffe' | 'none';

/**
 * The usual preprocessings: `imagenet` of torchvision and most of the ONNX model zoo, `caffe` of networks that came from
 * Caffe, `none` the pixels as they are, 0 to 255.
 *
 * @example
 * ```ts
 * const caffe = await loadModel(device, 'models/scenes-vgg.onnx', {
 *   preprocessing: { ...PRESETS.caffe, resize: 128, crop: 128 },
 * });
 * ```
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
  /** [3, H, W], or [1, H, W] of luma. */
  readonly tensor: Tensor<Float32Array>;
  /** H×W. */
  readonly shown: RgbImage;
}

/**
 * Resizes, crops and normalises a photograph as torchvision does with a Pillow image: the shorter side to `resize`, the
 * longer to ⌊resize·long/short⌋, antialiased bilinear with 8-bit results; the crop at round((side − crop)/2), halves to
 * the even number; then (value·range/255 − mean)/std per channel. Luma is Pillow's `convert('L')`, before all else.
 *
 * @throws SalientError `bad-argument` where an option makes no sense, `bad-image` where the crop is larger than the photo
 */
export function preprocess(photo: RgbImage, options: Preprocessing): PreprocessedImage {
  checkPreprocessing(options);
  const shown = resizeAndCrop(options.order === 'grey' ? lumaOf(photo) : photo, options.resize, options.crop);
  return { tensor: normalise(shown, options), shown };
}

/** ITU-R BT.601's luma in Pillow's fixed point, in all three channels. */
function lumaOf({ width, height, data }: RgbImage): RgbImage {
  const luma = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i += 3) {
    luma.fill((19595 * data[i]! + 38470 * data[i + 1]! + 7471 * data[i + 2]! + 0x8000) >> 16, i, i + 3);
  }
  return { width, height, data: luma };
}

function resizeAndCrop(photo: RgbImage, resize: Preprocessing['resize'], crop: Preprocessing['crop']): RgbImage {
  const short = Math.min(photo.width, photo.height);
  const sideOf = (side: number) => {
    if (resize === null || typeof resize === 'object') return side;
    return side === short ? resize : Math.floor((resize * side) / short);
  };
  const [height, width] = sizeOf(resize) ?? [sideOf(photo.height), sideOf(photo.width)];
  const [cutHeight, cutWidth] = sizeOf(typeof crop === 'number' ? [crop, crop] : crop) ?? [height, width];
  if (cutHeight > height || cutWidth > width) {
    throw new SalientError(
      'bad-image',
      `a ${cutWidth}×${cutHeight} crop does not fit into the ${width}×${height} image; choose a resize of at least ${Math.max(cutWidth, cutHeight)}`,
    );
  }
  const cut = {
    x: roundHalfEven((width - cutWidth) / 2),
    y: roundHalfEven((height - cutHeight) / 2),
    width: cutWidth,
    height: cutHeight,
  };
  checkSize(cut.width, cut.height); // a long, thin picture without a crop may have grown
  return resizeRegion(photo, width, height, cut);
}

function sizeOf(size: number | Size | null): Size | undefined {
  return typeof size === 'object' && size !== null ? size : undefined;
}

/** Python's `round`. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** An 8-bit picture as a tensor [3, H, W] ([1, H, W] of luma); each number is computed in float64 and rounded once. */
export function normalise(image: RgbImage, options: Preprocessing): Tensor<Float32Array> {
  const { width, height, data } = image;
  const pixels = width * height;
  const channels = options.order === 'grey' ? 1 : 3;
  const result = new Float32Array(channels * pixels);
  for (let channel = 0; channel < channels; channel++) {
    const component = options.order === 'bgr' ? 2 - channel : channel;
    const mean = options.mean[channel]!;
    const std = options.std[channel]!;
    const values = Float32Array.from({ length: 256 }, (_, v) => ((v * options.range) / 255 - mean) / std);
    for (let i = 0; i < pixels; i++) result[channel * pixels + i] = values[data[3 * i + component]!]!;
  }
  return { shape: [channels, height, width], data: result };
}

/**
 * A preprocessing with parts of it replaced.
 * @throws SalientError `bad-argument` where there is no such part, or the result makes no sense
 */
export function withChanges(base: Preprocessing, { preset: _, ...changes }: PreprocessingChanges): Preprocessing {
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
    const isSide = (each: unknown) =>
      Number.isInteger(each) && (each as number) >= 1 && (each as number) <= LARGEST_SIDE;
    const isSize = Array.isArray(side) && side.length === 2 && side.every(isSide);
    if (side !== null && !isSide(side) && !isSize) {
      bad(name, side, `a whole number of pixels from 1 to ${LARGEST_SIDE}, or a height and a width, is expected`);
    }
  }
  if (!['rgb', 'bgr', 'grey'].includes(order)) bad('order', order, 'rgb, bgr or grey is expected');
  if (range !== 1 && range !== 255) bad('range', range, '1 or 255 is expected');
  const isTriple = (numbers: unknown) =>
    Array.isArray(numbers) && numbers.length === 3 && numbers.every(Number.isFinite);
  if (!isTriple(mean)) bad('mean', mean, 'three numbers are expected');
  if (!isTriple(std) || std.some((value) => value <= 0)) bad('std', std, 'three numbers above 0 are expected');
}
