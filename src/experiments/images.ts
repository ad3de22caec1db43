import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { SalientError } from '../error.ts';
import { findClass } from '../image/labels.ts';
import { filesOfGlob, isGlob } from './glob-paths.ts';
import { readTar, readTarEntry } from './tar.ts';

/** A photograph of a data set. */
export interface DataImage {
  /** Its path under the folder, with `/`, or its name in a list or archive: the key of its results. */
  readonly image: string;
  read(): Promise<Uint8Array>;
  /** The picture of the same name that is white where the object is, where there is one. */
  readMask(): Promise<Uint8Array | undefined>;
  /** The true class, where it is known. */
  readonly truth?: number;
}

/** A data set, in a fixed order. */
export interface DataSet {
  readonly images: readonly DataImage[];
  /** Where the true classes come from, for people and for the results' header. */
  readonly truth: string;
}

type Found = Omit<DataImage, 'truth'> & {
  /** The class that stands beside it, as WebDataset has it. */
  readonly stated?: string;
};

const PICTURE = /\.(png|jpe?g)$/i;
/** White on black, where the object is in the photograph of the same name. */
const MASK = /\.mask\.png$/i;

const isPhoto = (name: string) => PICTURE.test(name) && !MASK.test(name);

/**
 * The photographs (PNG, JPEG) of a data set, by name; `NAME.mask.png` is none, but the mask of NAME's. The source is
 * - a folder with its subfolders, or one of tar archives alone;
 * - a tar archive (a WebDataset shard): `KEY.jpg`, with the class in `KEY.cls`, if there is one;
 * - a list: a text file with a path a line, relative to its folder;
 * - a pattern of photographs or archives, {@link filesOfGlob}.
 * True classes come from a file of lines `PATH CLASS` (a number or a label), else from what stands beside the photograph
 * in an archive, else from the subfolders: each is a class's label, or, where there are as many as classes, they are the
 * classes in alphabetical order, as torchvision's ImageFolder has it.
 *
 * @throws SalientError 'io' where the source cannot be read, 'bad-argument' where it holds no photograph, 'bad-file' for a
 * damaged archive
 */
export async function readDataSet(
  source: string,
  labels: readonly string[],
  truthFile: string | undefined,
): Promise<DataSet> {
  const found = await photosIn(source);
  if (found.length === 0) {
    throw new SalientError(
      'bad-argument',
      `"${source}" holds no photograph (PNG or JPEG); expected a folder, a tar archive, a list of paths, or a pattern like "photos/**/*.jpg"`,
    );
  }
  const names = found.map(({ image }) => image);
  const isStated = truthFile === undefined && found.some(({ stated }) => stated !== undefined);
  const { of, truth } =
    truthFile !== undefined
      ? await byFile(truthFile, labels)
      : isStated
        ? { of: () => undefined, truth: 'the archive, beside each photograph' }
        : byFolder(names, labels);
  return {
    images: found.map(({ stated, ...image }) => {
      const own = isStated && stated !== undefined ? findClass(labels, stated) : of(image.image);
      return { ...image, ...(own !== undefined && { truth: own }) };
    }),
    truth,
  };
}

async function photosIn(source: string): Promise<Found[]> {
  if (await isGlob(source)) {
    const { folder, files } = await filesOfGlob(source);
    return photosAmong(folder, files);
  }
  const { isDirectory } = await stat(source).then(
    (entry) => ({ isDirectory: entry.isDirectory() }),
    (cause: unknown) => {
      throw new SalientError('io', `cannot read the folder "${source}": ${(cause as Error).message}`, { cause });
    },
  );
  if (!isDirectory) return /\.tar$/i.test(source) ? inArchive(source, '') : inList(source);
  const entries = await readdir(source, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    throw new SalientError('io', `cannot read the folder "${source}": ${(cause as Error).message}`, { cause });
  });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(source, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
  return photosAmong(source, files);
}

/** The photographs among a folder's files, or, where there are none, those in its archives. */
async function photosAmong(folder: string, files: readonly string[]): Promise<Found[]> {
  const photos = files.filter(isPhoto);
  if (photos.length > 0) return photos.map((image) => ofFile(image, join(folder, image)));
  const archives = files.filter((name) => /\.tar$/i.test(name));
  const all: Found[] = [];
  for (const name of archives) for (const each of await inArchive(join(folder, name), `${name}/`)) all.push(each);
  return all;
}

function ofFile(image: string, path: string): Found {
  return {
    image,
    read: () => readFile(path),
    async readMask() {
      const file = path.replace(/\.\w+$/, '.mask.png');
      return (await stat(file).catch(() => undefined)) === undefined ? undefined : readFile(file);
    },
  };
}

async function inList(path: string): Promise<Found[]> {
  const text = await readFile(path, 'utf8');
  if (text.includes('\0')) {
    throw new SalientError('bad-file', `"${path}" is no folder, no tar archive and no list of paths: it is not text`);
  }
  const names = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const odd = names.find((name) => !isPhoto(name));
  if (odd !== undefined) {
    throw new SalientError('bad-file', `"${path}": expected a path of a PNG or JPEG file a line, found "${odd}"`);
  }
  return [...new Set(names)].sort().map((name) => ofFile(name, resolve(dirname(path), name)));
}

async function inArchive(path: string, prefix: string): Promise<Found[]> {
  const entries = await readTar(path);
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const found: Found[] = [];
  for (const entry of entries.filter(({ name }) => isPhoto(name))) {
    const key = entry.name.replace(/\.\w+$/, '');
    const [mask, label] = [byName.get(`${key}.mask.png`), byName.get(`${key}.cls`)];
    const stated =
      label &&
      Buffer.from(await readTarEntry(path, label))
        .toString('utf8')
        .trim();
    found.push({
      image: `${prefix}${entry.name}`,
      read: () => readTarEntry(path, entry),
      readMask: async () => mask && readTarEntry(path, mask),
      ...(stated !== undefined && { stated }),
    });
  }
  return found.sort((a, b) => (a.image < b.image ? -1 : a.image > b.image ? 1 : 0));
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
