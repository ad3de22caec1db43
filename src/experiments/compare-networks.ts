import { SalientError, throwIfAborted } from '../error.ts';
import { meanOf } from '../evaluate/bootstrap.ts';
import { rankCorrelation, ssim, topOverlap } from '../evaluate/similarity.ts';
import { decodeImage } from '../image/codec/decode.ts';
import { sumOverChannels } from '../image/draw/heatmap.ts';
import type { Reduction, RgbImage } from '../image/rgb-image.ts';
import type { ExplainOptions } from '../model/explain-options.ts';
import type { Explanation } from '../model/explanation.ts';
import type { Model } from '../model/model.ts';
import { saliencyProgram } from '../saliency/add-saliency.ts';
import { resolveSaliencyOptions } from '../saliency/options.ts';
import type { Device, Executable } from '../tensor/device.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { DataImage } from './images.ts';
import type { Line, ResultsFile } from './results-file.ts';

/** Share of a map's values that are its highest, for their overlap. */
export const TOP_SHARE = 0.1;

/** How two maps of one photograph resemble each other. */
export interface Similarity {
  /** Of the maps brought to the span [−1, 1] or [0, 1] by their largest |value|. */
  readonly ssim: number;
  /** Spearman's. */
  readonly rank: number;
  /** Of the highest tenth. */
  readonly overlap: number;
}

/** One network's answer to a photograph. */
export interface Answer {
  readonly top: readonly { readonly index: number; readonly label: string; readonly probability: number }[];
  /** Where the true class is known. */
  readonly right?: boolean;
  readonly inTop5?: boolean;
  /** Rank correlation of its SR map with the saliency of the photograph itself. */
  readonly likePhoto?: number;
}

/** A photograph that both networks explained: a line of the results. */
export interface Compared {
  readonly image: string;
  readonly truth?: string;
  readonly a: Answer;
  readonly b: Answer;
  readonly agree: boolean;
  readonly relevance: Similarity;
  readonly salient?: Similarity;
  readonly reduced?: Reduction;
}

/** A photograph that could not be explained. */
export interface Failed {
  readonly image: string;
  readonly error: string;
  readonly reason: string;
}

/** What was made of one photograph, for pictures of it. */
export interface Made {
  readonly line: Compared;
  readonly explanations: readonly [Explanation, Explanation];
}

export interface CompareOptions {
  readonly explain: ExplainOptions;
  readonly signal?: AbortSignal | undefined;
  /** Before the line is written: what fails here is done again by the next call. */
  readonly onMade?: (made: Made) => Promise<void>;
  readonly onLine?: (line: Line, done: number, total: number) => void;
}

/** Explains every image by both networks, each for the class it predicts; images that have a line already are left out. */
export async function compareNetworks(
  device: Device,
  [a, b]: readonly [Model, Model],
  images: readonly DataImage[],
  results: ResultsFile,
  { explain, signal, onMade, onLine }: CompareOptions,
): Promise<void> {
  const left = images.filter(({ image }) => !results.lines.has(image));
  using photographs = new PhotoSaliency(device);
  // The next photograph is read and decoded while this one is explained.
  let next = left.length > 0 ? decoded(left[0]!) : undefined;
  for (const [index, image] of left.entries()) {
    throwIfAborted(signal);
    const photo = await next!;
    next = index + 1 < left.length ? decoded(left[index + 1]!) : undefined;
    const line = await lineOf(image, photo, async (picture) => {
      const options = { ...explain, signal };
      const explanations = [await a.explain(picture, options), await b.explain(picture, options)] as const;
      const made = { line: await compared(image, [a, b], explanations, photographs), explanations };
      await onMade?.(made);
      return made.line;
    });
    await results.add(line);
    onLine?.(line, images.length - left.length + index + 1, images.length);
  }
}

/** The pixels, or why there are none: what is decoded ahead must not fail before its turn. */
async function decoded(image: DataImage): Promise<RgbImage | Error> {
  try {
    return await decodeImage(await image.read());
  } catch (error) {
    return error as Error;
  }
}

async function lineOf(
  { image }: DataImage,
  photo: RgbImage | Error,
  explain: (picture: RgbImage) => Promise<Compared>,
): Promise<Line> {
  try {
    if (photo instanceof Error) throw photo;
    return { ...(await explain(photo)), ...(photo.reduced && { reduced: photo.reduced }) };
  } catch (error) {
    const known = error instanceof SalientError ? error.code : (error as NodeJS.ErrnoException).code;
    // Only what is wrong with the photograph is a result; all else ends the run.
    if (photo instanceof Error || known === 'bad-image' || known === 'shape-mismatch' || known === 'bad-tensor') {
      const failed: Failed = { image, error: known ?? 'io', reason: (error as Error).message };
      return { ...failed };
    }
    throw error;
  }
}

async function compared(
  { image, truth }: DataImage,
  [a, b]: readonly [Model, Model],
  [ofA, ofB]: readonly [Explanation, Explanation],
  photographs: PhotoSaliency,
): Promise<Compared> {
  const answers = await Promise.all(
    [ofA, ofB].map(async ({ classes, logits, salient, shown }): Promise<Answer> => {
      const own = salient && shown ? await photographs.of(shown) : undefined;
      return {
        top: classes.map(({ index, label, probability }) => ({ index, label, probability })),
        ...(truth !== undefined && {
          right: classes[0]!.index === truth,
          inTop5: Array.from(logits.data).filter((logit) => logit > logits.data[truth]!).length < 5,
        }),
        ...(own && own.data.length === salient!.data.length && { likePhoto: rankCorrelation(salient!.data, own.data) }),
      };
    }),
  );
  const label = (model: Model, { classes }: Explanation) => model.labels[classes[0]!.index];
  const [relevanceA, relevanceB] = [ofA, ofB].map(({ relevance }) => sumOverChannels(relevance)) as [Tensor, Tensor];
  return {
    image,
    ...(truth !== undefined && { truth: a.labels[truth]! }),
    a: answers[0]!,
    b: answers[1]!,
    agree: label(a, ofA) === label(b, ofB),
    relevance: similarity(relevanceA, relevanceB, 2),
    ...(ofA.salient && ofB.salient && { salient: similarity(ofA.salient, ofB.salient, 1) }),
  };
}

/** @throws SalientError 'shape-mismatch' where the networks look at different planes */
function similarity(a: Tensor, b: Tensor, range: number): Similarity {
  const [height, width] = a.shape as [number, number];
  const [first, second] = [a, b].map(({ data }) => {
    const largest = Array.from(data).reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
    return Float64Array.from(data, (value) => value / largest);
  }) as [Float64Array, Float64Array];
  return {
    ssim: ssim(first, second, height, width, range),
    rank: rankCorrelation(first, second),
    overlap: topOverlap(first, second, TOP_SHARE),
  };
}

/** Context-aware saliency of photographs themselves: what a person would look at, as far as it knows. */
class PhotoSaliency implements Disposable {
  readonly #device: Device;
  #prepared: { readonly key: string; readonly executable: Promise<Executable> } | undefined;
  #last: { readonly picture: RgbImage; readonly map: Promise<Tensor> } | undefined;

  constructor(device: Device) {
    this.#device = device;
  }

  /** The map [H,W] of a photograph; the same pixels are not computed twice in a row. */
  of(picture: RgbImage): Promise<Tensor> {
    const last = this.#last;
    const isSame =
      last &&
      last.picture.data.length === picture.data.length &&
      last.picture.data.every((v, i) => v === picture.data[i]);
    if (!isSame) this.#last = { picture, map: this.#compute(picture) };
    return this.#last!.map;
  }

  async #compute({ width, height, data }: RgbImage): Promise<Tensor> {
    const key = `${width}×${height}`;
    if (this.#prepared?.key !== key) {
      (await this.#prepared?.executable)?.close();
      const program = saliencyProgram([1, 3, height, width], resolveSaliencyOptions({ input: 'image' }));
      this.#prepared = { key, executable: this.#device.prepare(program) };
    }
    const planes = new Float32Array(3 * width * height);
    for (let i = 0; i < width * height; i++)
      for (let c = 0; c < 3; c++) planes[c * width * height + i] = data[3 * i + c]! / 255;
    const { outputs } = await (await this.#prepared!.executable).run(new Map([['map', planes]]));
    return { shape: [height, width], data: outputs.get('salient')!.data.slice() };
  }

  [Symbol.dispose](): void {
    void this.#prepared?.executable.then((executable) => executable.close());
  }
}

/** Which photographs are worth a picture. */
export const KEEPS: Readonly<Record<string, (line: Compared) => boolean>> = {
  all: () => true,
  disagree: ({ agree }) => !agree,
  'b-right-a-wrong': ({ a, b }) => b.right === true && a.right === false,
  'a-right-b-wrong': ({ a, b }) => a.right === true && b.right === false,
  'both-wrong': ({ a, b }) => a.right === false && b.right === false,
  none: () => false,
};

/** Accuracy of one network over the lines whose truth is known. */
export function accuracyOf(lines: readonly Compared[], network: 'a' | 'b'): { top1: number; top5: number } {
  const known = lines.map((line) => line[network]).filter(({ right }) => right !== undefined);
  return {
    top1: meanOf(known.map(({ right }) => Number(right))),
    top5: meanOf(known.map(({ inTop5 }) => Number(inTop5))),
  };
}
