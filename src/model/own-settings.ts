import { SalientError } from '../error.ts';
import type { Graph } from '../graph/graph.ts';
import { boundsOfValue } from '../graph/input-bounds.ts';
import { parseLabels } from '../image/label-file.ts';
import {
  checkPreprocessing,
  PRESETS,
  type Preprocessing,
  type PreprocessingChanges,
  withChanges,
} from '../image/preprocess.ts';
import type { CompositeParameters } from '../lrp/composite.ts';
import type { KnownModel } from './known-models.ts';
import type { ReadingOptions } from './reading.ts';

/*
 * What a network's file says of itself, under keys of its own metadata (models/README.md), and what is taken where it
 * says nothing.
 */

/** What a network's file does not say, or says otherwise than the caller wants. */
export interface ModelOptions extends ReadingOptions {
  /** Class names; default: the file's own, or ILSVRC2012's where the network has 1000 outputs. */
  readonly labels?: readonly string[] | undefined;
  /**
   * Parts of the preprocessing that are not to be the file's own (else a known file's, else those of `imagenet`); all of
   * it where every part is given.
   */
  readonly preprocessing?: PreprocessingChanges | undefined;
  /** SHA-256 of the bytes in hexadecimal, where they were checked already: a known file is found without hashing it again. */
  readonly sha256?: string | undefined;
}

type Metadata = Readonly<Record<string, string>>;

/** How many classes ILSVRC2012 has. */
const IMAGENET = 1000;

/** Class names: the file's own, or ILSVRC2012's for 1000 classes, or numbers. */
export async function labelsFor(classes: number, metadata: Metadata): Promise<readonly string[]> {
  const own = metadata['salient.labels'];
  if (own !== undefined) return fromMetadata('salient.labels', () => parseLabels(own));
  // Imported only here: most networks of a page do without these 24 KB.
  if (classes === IMAGENET) return imagenetClasses();
  return Array.from({ length: classes }, (_, index) => `class ${index}`);
}

async function imagenetClasses(): Promise<readonly string[]> {
  try {
    return (await import('../image/imagenet-classes.ts')).IMAGENET_CLASSES;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SalientError(
      'io',
      `ImageNet's class names cannot be loaded (${reason}); give labels, such as IMAGENET_CLASSES of salient-relevance.classes.js`,
      { cause },
    );
  }
}

/**
 * The preprocessing and where it comes from: the caller, or the file itself, the list of known files, or the usual one,
 * each with the parts that the caller asked for.
 */
export function preprocessingFor(
  asked: PreprocessingChanges,
  metadata: Metadata,
  known: KnownModel | undefined,
  graph: Graph,
): [Preprocessing, string] {
  const { preset } = asked;
  const parts = Object.entries(asked).filter(([name, value]) => value !== undefined && name !== 'preset');
  if (Object.keys(PRESETS.none).every((name) => parts.some(([part]) => part === name))) {
    return [withChanges(PRESETS.none, asked), 'as asked'];
  }
  const [own, origin] =
    preset === undefined
      ? ownPreprocessing(metadata, known, graph)
      : [fitted(PRESETS[preset], graph), `${preset}, as asked`];
  const changes = parts.map(([name, value]) => `${name} ${textOf(value)}`).join(', ');
  return [withChanges(own, asked), changes === '' ? origin : `${origin}, with ${changes}`];
}

function ownPreprocessing(metadata: Metadata, known: KnownModel | undefined, graph: Graph): [Preprocessing, string] {
  const own = metadata['salient.preprocess'];
  if (own !== undefined) {
    const parsed = fromMetadata('salient.preprocess', () => {
      const options = JSON.parse(own) as Preprocessing;
      checkPreprocessing(options);
      return options;
    });
    return [parsed, 'from the model file'];
  }
  if (known !== undefined) return [PRESETS[known.preprocessing], `${known.preprocessing} (the file is ${known.name})`];
  const range = pixelRange(graph);
  if (range !== undefined) {
    return [
      fitted({ ...PRESETS.imagenet, mean: [0, 0, 0], std: [1, 1, 1], range }, graph),
      `pixels from 0 to ${range}, as the network normalises them itself, in its size (--preprocess chooses another)`,
    ];
  }
  return [
    fitted(PRESETS.imagenet, graph),
    `imagenet, a guess: \`salient model try\` shows others, --preprocess chooses`,
  ];
}

/** A side of a resized photograph over that of the crop, in `imagenet` and `caffe`. */
const MARGIN = 256 / 224;

/**
 * A usual preprocessing in the network's size, where the file fixes that: the middle of a square one, all of the
 * photograph, squashed, for another. A network of one channel gets luma, by the mean of the three channels' figures.
 */
export function fitted(preset: Preprocessing, { inputs, openPlane }: Graph): Preprocessing {
  const [, channels, height, width] = inputs[0]!.shape as [number, number, number, number];
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const grey = (values: readonly number[]) => [mean(values), mean(values), mean(values)] as const;
  const colours =
    channels === 1
      ? ({ order: 'grey', mean: grey(preset.mean), std: grey(preset.std) } as const)
      : { order: preset.order };
  const same = preset.crop === null || openPlane || (height === preset.crop && width === preset.crop);
  if (same || inputs[0]!.shape.length !== 4) return { ...preset, ...colours };
  const size =
    height === width
      ? { resize: Math.round(height * MARGIN), crop: height }
      : ({ resize: [height, width], crop: null } as const);
  return { ...preset, ...colours, ...size };
}

/** A size as `WIDTHxHEIGHT`, as the command line takes it. */
function textOf(value: unknown): string {
  if (value === null) return 'none';
  return Array.isArray(value) && value.length === 2 ? `${value[1]}x${value[0]}` : String(value);
}

/** The largest pixel that a network expects which normalises its input itself; `undefined` where it does not. */
function pixelRange(graph: Graph): 1 | 255 | undefined {
  const layer = graph.nodes.find(({ op }) => op === 'Conv' || op === 'Dense');
  const unit = layer && boundsOfValue(graph, layer.inputs[0]!, { low: [0], high: [1] });
  if (unit === undefined) return undefined;
  const scale = Math.max(...unit.high.map((high, c) => Math.abs(high - unit.low[c]!)));
  const shift = Math.max(...unit.low.map(Math.abs));
  // Quotients by 255·σ, or means of bytes; then quotients by σ of [0,1], about 4, or 2x − 1.
  if (scale < 0.1 || shift > 20) return 255;
  return scale > 1.5 && scale < 10 && shift > 0.5 ? 1 : undefined;
}

function fromMetadata<T>(key: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SalientError('bad-model', `the model's metadata "${key}" cannot be used: ${reason}`, { cause });
  }
}

/** What black and white become: the bounds of z-box, per channel. */
export function boundsOf({
  order,
  mean,
  std,
  range,
}: Preprocessing): Required<Pick<CompositeParameters, 'low' | 'high'>> {
  const means = order === 'grey' ? mean.slice(0, 1) : mean;
  return { low: means.map((m, i) => (0 - m) / std[i]!), high: means.map((m, i) => (range - m) / std[i]!) };
}
