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
  const parts = Object.entries(asked).filter(([, value]) => value !== undefined);
  if (Object.keys(PRESETS.none).every((name) => parts.some(([part]) => part === name))) {
    return [withChanges(PRESETS.none, asked), 'as asked'];
  }
  const [own, origin] = ownPreprocessing(metadata, known, graph);
  const changes = parts.map(([name, value]) => `${name} ${value ?? 'none'}`).join(', ');
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
      { ...PRESETS.imagenet, mean: [0, 0, 0], std: [1, 1, 1], range },
      `pixels from 0 to ${range}, as the network normalises them itself, in imagenet's size (--preprocess chooses another)`,
    ];
  }
  return [PRESETS.imagenet, 'imagenet (the default; --preprocess chooses another)'];
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
export function boundsOf({ mean, std, range }: Preprocessing): Required<Pick<CompositeParameters, 'low' | 'high'>> {
  return { low: mean.map((m, i) => (0 - m) / std[i]!), high: mean.map((m, i) => (range - m) / std[i]!) };
}
