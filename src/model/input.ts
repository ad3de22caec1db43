import { SalientError } from '../error.ts';
import type { Graph } from '../graph/graph.ts';
import { type Drawable, isDrawable, pixelsOf } from '../image/drawable.ts';
import { type Preprocessing, preprocess } from '../image/preprocess.ts';
import { fromRgba, type RgbImage } from '../image/rgb-image.ts';
import { requireFinite } from '../tensor/finite.ts';
import { elementCount, formatShape, type Shape, sameShape, sampleOf, type Tensor } from '../tensor/tensor.ts';

/**
 * A photograph as pixels or as a page has it, or a network input that is already preprocessed: [C,H,W] or [N,C,H,W].
 */
export type ExplainInput =
  | RgbImage
  | Tensor
  | Drawable
  | { readonly width: number; readonly height: number; readonly data: Uint8ClampedArray };

/** One image as the network takes it, [C,H,W]; with the pixels that it sees, where it came as a photograph. */
export interface Sample {
  readonly tensor: Tensor;
  readonly shown?: RgbImage;
}

/**
 * The samples of an input: one of a photograph or a tensor [C,H,W], N of a tensor [N,C,H,W]; of a network of `rank` 3,
 * [C,L] and [N,C,L].
 * @throws SalientError 'bad-argument' where it is neither; 'bad-image', 'bad-tensor' where its numbers do not fill its
 * shape, or are not finite
 */
export function samplesOf(input: ExplainInput, preprocessing: Preprocessing, networkRank = 4): Sample[] {
  const rank = networkRank === 3 ? 3 : 4;
  if (isDrawable(input)) return [preprocess(pixelsOf(input), preprocessing)];
  requireInput(input);
  if (!('shape' in input)) return [preprocess(rgbOf(input), preprocessing)];
  const { shape, data } = input;
  if (shape.length !== rank - 1 && shape.length !== rank) {
    const expected = rank === 3 ? '[C,L] or [N,C,L]' : '[C,H,W] or [N,C,H,W]';
    throw new SalientError('bad-tensor', `the input is ${formatShape(shape)}; expected ${expected}`);
  }
  if (data.length !== elementCount(shape)) {
    throw new SalientError(
      'bad-tensor',
      `the input is ${formatShape(shape)}, but holds ${data.length} numbers; expected ${elementCount(shape)}`,
    );
  }
  requireFinite(input, 'the input');
  if (shape.length < rank) return [{ tensor: input }];
  return Array.from({ length: shape[0]! }, (_, n) => ({ tensor: sampleOf(input, n) }));
}

/** For callers without types. */
function requireInput(input: unknown): void {
  const has = (name: string) => typeof input === 'object' && input !== null && name in input;
  if (has('data') && (has('shape') || (has('width') && has('height')))) return;
  const isFile = input instanceof Uint8Array || input instanceof ArrayBuffer || input instanceof Blob;
  const found = isFile
    ? "a file's bytes (decode them with decodeImage)"
    : input instanceof Response
      ? 'a Response (decode its blob() with decodeImage)'
      : describe(input);
  throw new SalientError(
    'bad-argument',
    `an image is pixels { width, height, data }, a picture of the page or a tensor { shape, data }; found ${found}`,
  );
}

function describe(value: unknown): string {
  if (typeof value === 'object' && value !== null) return `{ ${Object.keys(value).slice(0, 5).join(', ')} }`;
  return typeof value === 'string' ? `"${value}"` : String(value);
}

function rgbOf({ width, height, data }: Exclude<ExplainInput, Tensor | Drawable>): RgbImage {
  const pixels = width * height;
  if (data.length === 4 * pixels) return fromRgba({ width, height, data });
  if (data.length === 3 * pixels)
    return { width, height, data: new Uint8Array(data.buffer, data.byteOffset, data.length) };
  throw new SalientError(
    'bad-image',
    `the image is ${width}×${height}, but holds ${data.length} bytes; expected 3 (RGB) or 4 (RGBA) for each pixel`,
  );
}

/** A tensor [H,W,C] for a network whose file takes channels last, as [C,H,W]; other samples as they are. */
export function inPlanes(sample: Sample, { inputs }: Graph): Sample {
  const { shape, data } = sample.tensor;
  const [height, width, channels] = shape as [number, number, number];
  if (sample.shown !== undefined || channels !== inputs[0]!.shape[1]) return sample;
  const plane = height * width;
  const planes = new Float32Array(data.length);
  for (let pixel = 0; pixel < plane; pixel++) {
    for (let c = 0; c < channels; c++) planes[c * plane + pixel] = data[pixel * channels + c]!;
  }
  return { tensor: { shape: [channels, height, width], data: planes } };
}

/** Height and width of a sample. */
export function planeOfSample({ tensor }: Sample): readonly [number, number] {
  return [tensor.shape[1]!, tensor.shape[2]!];
}

/** @throws SalientError 'shape-mismatch' where a sample is not what the network takes, [C,H,W] */
function checkShape({ tensor, shown }: Sample, taken: Shape): void {
  if (sameShape(tensor.shape, taken)) return;
  const found = formatShape(tensor.shape);
  const advice =
    shown === undefined
      ? 'give a tensor of that shape'
      : taken[0] !== tensor.shape[0]
        ? taken[0] === 1
          ? 'a photograph has three channels; choose the order grey'
          : 'a photograph has three channels, or one in the order grey; preprocess it yourself and give a tensor'
        : `choose a preprocessing that crops to ${taken.slice(1).join('×')}, or resizes to exactly that (--resize ${taken[2]}x${taken[1]} --crop none)`;
  throw new SalientError(
    'shape-mismatch',
    `the input is ${found}, but the network takes ${formatShape(taken)}; ${advice}`,
  );
}

/** The samples of a run one after the other, as the network takes them: [N,C,H,W]. */
export function inputData(samples: readonly Sample[], shape: Shape): Float32Array {
  const data = new Float32Array(elementCount(shape));
  for (const [index, sample] of samples.entries()) {
    checkShape(sample, shape.slice(1));
    data.set(sample.tensor.data, index * sample.tensor.data.length);
  }
  return data;
}
