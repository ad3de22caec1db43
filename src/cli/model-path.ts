import { existsSync } from 'node:fs';
import { SalientError } from '../error.ts';
import { KNOWN_MODELS } from '../model/known-models.ts';
import { isHere, pathOf } from '../store/pull.ts';
import { BUNDLED_MODEL, bundledModelNames, bundledModelPath } from './bundled.ts';

/** A network that a command line names. */
export interface NamedModel {
  readonly path: string;
  /** For people: which one it is. */
  readonly title: string;
}

/**
 * What `--model WORD` means: a file, a bundled network, or a known one that `salient model pull` has fetched; without a
 * word the bundled one.
 *
 * @throws SalientError 'io' where a known network is not here yet
 */
export async function namedModel(word: string | undefined): Promise<NamedModel> {
  if (word === undefined) {
    return { path: bundledModelPath(), title: `${BUNDLED_MODEL} (bundled; choose another with --model FILE)` };
  }
  if (existsSync(word)) return { path: word, title: word };
  if (bundledModelNames().includes(word)) return { path: bundledModelPath(word), title: `${word} (bundled)` };
  const known = KNOWN_MODELS.find(({ name }) => name === word);
  // No name of ours: whoever reads the file says what is wrong with it.
  if (known === undefined) return { path: word, title: word };
  const path = pathOf(known);
  if (await isHere(known)) return { path, title: `${word} (${path})` };
  const size = sizeText(known.bytes);
  throw new SalientError('io', `${word} is not on this machine; \`salient model pull ${word}\` downloads it (${size})`);
}

/** Bytes as people read them. */
export function sizeText(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}
