import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SalientError } from '../../error.ts';

/**
 * Writes a file so that its name only ever stands for whole contents: the bytes go to a temporary name in the same
 * folder (made if absent), which then replaces `path`. A failure leaves nothing behind. A run of chunks is written one
 * by one: each may be overwritten once the next is asked for.
 *
 * @throws SalientError `io` where the folder or file cannot be written
 */
export async function writeFileAtomically(path: string, bytes: Uint8Array | Iterable<Uint8Array>): Promise<void> {
  const temporary = `${path}.${randomUUID()}.part`;
  try {
    await makeFolder(dirname(path));
    const file = await open(temporary, 'wx');
    try {
      await writeFile(file, bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {}); // the first failure is the one to tell
    throw new SalientError('io', `cannot write ${path}: ${reasonOf(error)}`, { cause: error });
  }
}

/**
 * Makes a folder and those above it.
 * @throws SalientError `io` where it cannot be made, or written to
 */
export async function prepareFolder(path: string): Promise<void> {
  try {
    await makeFolder(path);
    // Tried, not asked for: Deno's access() takes the permission to know the user's number.
    // One name, so that the next run takes away what a killed one left; another run at the same time may, too.
    const probe = join(path, '.probe.part');
    await writeFile(probe, '');
    await rm(probe, { force: true });
  } catch (error) {
    throw new SalientError('io', `cannot write to the folder ${path}: ${reasonOf(error)}`, { cause: error });
  }
}

/** `mkdir` with `recursive` never returns where a file system has folders but lets nobody make one (/proc). */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return;
    if (code !== 'ENOENT' || (await exists(dirname(path)))) throw error;
    await makeFolder(dirname(path));
    await mkdir(path);
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied; choose another folder or change its permissions',
  EPERM: 'permission denied; choose another folder or change its permissions',
  EROFS: 'the file system is read-only; choose another folder',
  ENOSPC: 'the disk is full; free some space or choose another disk',
  EISDIR: 'a folder has that name; choose another name',
  ENOENT: 'nobody can make folders there; choose another folder',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EEXIST: 'a part of the path is a file, not a folder',
  ENAMETOOLONG: 'the name is too long; choose a shorter one',
};

/** Why a file could not be written, and what to do. */
export function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return REASONS[code] ?? (error instanceof Error ? error.message : String(error));
}
