import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { SalientError } from '../error.ts';
import { findClass } from '../image/labels.ts';

/** A photograph of a data set. */
export interface DataImage {
  /** Its path under the folder, with `/`: the key of its results. */
  readonly image: string;
  readonly path: string;
  /** The true class, where it is known. */
  readonly truth?: number;
}

/** A data set, in a fixed order. */
export interface DataSet {
  readonly images: readonly DataImage[];
  /** Where the true classes come from, for people and for the results' header. */
  readonly truth: string;
}

const PICTURE = /\.(png|jpe?g)$/i;
/** White on black, where the object is in the photograph of the same name. */
const MASK = /\.mask\.png$/i;

/**
 * The photographs (PNG, JPEG) of a folder and its subfolders, by name; `NAME.mask.png` is none, but the mask of NAME's. True classes come from a file of lines
 * `PATH CLASS` (a number or a label), else from the subfolders: each is a class's label, or, where there are as many
 * as classes, they are the classes in alphabetical order, as torchvision's ImageFolder has it.
 *
 * @throws SalientError 'io' where the folder or the file cannot be read, 'bad-argument' where it holds no photograph
 */
export async function readDataSet(
  folder: string,
  labels: readonly string[],
  truthFile: string | undefined,
): Promise<DataSet> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    throw new SalientError('io', `cannot read the folder "${folder}": ${(cause as Error).message}`, { cause });
  });
  const images = names
    .filter((entry) => entry.isFile() && PICTURE.test(entry.name) && !MASK.test(entry.name))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
  if (images.length === 0) {
    throw new SalientError('bad-argument', `"${folder}" and its subfolders hold no photograph (PNG or JPEG)`);
  }
  const { of, truth } = truthFile === undefined ? byFolder(images, labels) : await byFile(truthFile, labels);
  return {
    images: images.map((image) => {
      const own = of(image);
      return { image, path: join(folder, image), ...(own !== undefined && { truth: own }) };
    }),
    truth,
  };
}

interface Truth {
  of(image: string): number | undefined;
  readonly truth: string;
}

async function byFile(path: string, labels: readonly string[]): Promise<Truth> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new SalientError('io', `cannot read "${path}": ${(cause as Error).message}`, { cause });
  });
  const classes = new Map<string, number>();
  for (const line of text.split(/\r?\n/)) {
    const match = /^(\S+)\s+(.+)$/.exec(line.trim());
    if (match === null && line.trim() !== '') {
      throw new SalientError('bad-file', `"${path}": expected lines "PATH CLASS", found "${line}"`);
    }
    if (match !== null) classes.set(match[1]!, findClass(labels, match[2]!));
  }
  return { of: (image) => classes.get(image) ?? classes.get(image.split('/').at(-1)!), truth: `the file ${path}` };
}

function byFolder(images: readonly string[], labels: readonly string[]): Truth {
  const folders = [...new Set(images.flatMap((image) => (image.includes('/') ? [image.split('/')[0]!] : [])))].sort();
  const folderOf = (image: string) => (image.includes('/') ? image.split('/')[0]! : '');
  const lower = labels.map((label) =>
    label
      .toLowerCase()
      .split(',')
      .map((synonym) => synonym.trim()),
  );
  const named = new Map(
    folders.map((name) => [name, lower.findIndex((all) => all.includes(name.toLowerCase().replaceAll('_', ' ')))]),
  );
  if (folders.length > 0 && [...named.values()].every((index) => index >= 0)) {
    return { of: (image) => named.get(folderOf(image)), truth: 'the subfolders, by the labels they are named after' };
  }
  if (folders.length > 0 && folders.length === labels.length) {
    const order = new Map(folders.map((name, index) => [name, index]));
    return { of: (image) => order.get(folderOf(image)), truth: 'the subfolders, in alphabetical order' };
  }
  return { of: () => undefined, truth: 'unknown' };
}
