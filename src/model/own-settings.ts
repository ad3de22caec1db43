import { SalientError } from '../error.ts';
import { parseLabels } from '../image/labels.ts';
import {
  checkPreprocessing,
  PRESETS,
  type Preprocessing,
  type PreprocessingChanges,
  withChanges,
} from '../image/preprocess.ts';
import type { CompositeParameters } from '../lrp/composite.ts';
import type { KnownModel } from './known-models.ts';

/*
 * What a network's file says of itself, under keys of its own metadata (models/README.md), and what is taken where it
 * says nothing.
 */

type Metadata = Readonly<Record<string, string>>;

/** How many classes ILSVRC2012 has. */
const IMAGENET = 1000;

/** Class names: the file's own, or ILSVRC2012's for 1000 classes, or numbers. */
export async function labelsFor(classes: number, metadata: Metadata): Promise<readonly string[]> {
  const own = metadata['salient.labels'];
  if (own !== undefined) return fromMetadata('salient.labels', () => parseLabels(own));
  // Imported only here: most networks of a page do without these 24 KB.
  if (classes === IMAGENET) return (await import('../image/imagenet-classes.ts')).IMAGENET_CLASSES;
  return Array.from({ length: classes }, (_, index) => `class ${index}`);
}

/**
 * The preprocessing and where it comes from: the caller, or the file itself, the list of known files, or the usual one,
 * each with the parts that the caller asked for.
 */
export function preprocessingFor(
  asked: PreprocessingChanges,
  metadata: Metadata,
  known: KnownModel | undefined,
): [Preprocessing, string] {
  const parts = Object.entries(asked).filter(([, value]) => value !== undefined);
  if (Object.keys(PRESETS.none).every((name) => parts.some(([part]) => part === name))) {
    return [withChanges(PRESETS.none, asked), 'as asked'];
  }
  const [own, origin] = ownPreprocessing(metadata, known);
  const changes = parts.map(([name, value]) => `${name} ${value ?? 'none'}`).join(', ');
  return [withChanges(own, asked), changes === '' ? origin : `${origin}, with ${changes}`];
}

function ownPreprocessing(metadata: Metadata, known: KnownModel | undefined): [Preprocessing, string] {
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
  return [PRESETS.imagenet, 'imagenet (the default; --preprocess chooses another)'];
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
