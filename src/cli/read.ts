import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { SalientError } from '../error.ts';
import { parseLabels } from '../image/label-file.ts';

/** Reads a file; a failure is one line that says which and why. */
export async function readInput(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const reason =
      { ENOENT: 'there is no such file', EISDIR: 'it is a folder', EACCES: 'permission denied' }[code ?? ''] ??
      (cause as Error).message;
    throw new SalientError('io', `cannot read "${path}": ${reason}; give the path of a readable file`, { cause });
  }
}

/** Whether a file is a NumPy array, by its first bytes or its name. */
export function isNpy(path: string, bytes: Uint8Array): boolean {
  return path.endsWith('.npy') || String.fromCharCode(...bytes.subarray(1, 6)) === 'NUMPY';
}

/** Puts the file's name before an error that does not know it. */
export async function named<T>(path: string, result: Promise<T>): Promise<T> {
  return result.catch((error: unknown) => {
    if (!(error instanceof SalientError) || error.code === 'io' || error.message.includes(path)) throw error;
    throw new SalientError(error.code, `${path}: ${error.message}`, { cause: error });
  });
}

/** The class names of a label file, where one is given. */
export async function readLabels(path: string | undefined): Promise<string[] | undefined> {
  if (path === undefined) return undefined;
  return named(
    path,
    readInput(path).then((bytes) => parseLabels(bytes.toString('utf8'))),
  );
}

/** A file's name without folder and ending: the stem of its results. */
export function stemOf(path: string): string {
  return basename(path, extname(path));
}

/** Refuses inputs whose results would have the same names. */
export function checkStems(paths: readonly string[]): void {
  const seen = new Map<string, string>();
  for (const path of paths) {
    const stem = stemOf(path);
    const other = seen.get(stem);
    if (other !== undefined) {
      throw new SalientError(
        'bad-argument',
        `the results of "${other}" and "${path}" would have the same names (${stem}.…); explain them into different folders with --out`,
      );
    }
    seen.set(stem, path);
  }
}
