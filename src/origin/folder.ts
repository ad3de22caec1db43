import { SalientError } from '../error.ts';

/** A model file of the page's origin. */
export interface StoredModel {
  readonly file: string;
  /** Bytes that are here. */
  readonly bytes: number;
  /** Whether it is all of it, checked; else a download goes on from here. */
  readonly whole: boolean;
}

/** What the name of a file that is not whole ends with. */
export const PART = '.part';

const FOLDER = 'salient-relevance';

/** What is used of a file's handle, and of a folder's: the types of this package need no `dom`. */
export interface FileHandle {
  readonly kind: 'file' | 'directory';
  readonly name: string;
  getFile(): Promise<Blob>;
  move(name: string): Promise<void>;
  /** In workers alone. */
  createSyncAccessHandle?(): Promise<SyncFile>;
}
interface Folder {
  getFileHandle(name: string, options?: { readonly create: boolean }): Promise<FileHandle>;
  removeEntry(name: string): Promise<void>;
  values(): AsyncIterable<FileHandle>;
}

/** A file that is written in place. */
export interface SyncFile {
  getSize(): number;
  truncate(size: number): void;
  read(bytes: Uint8Array, options: { readonly at: number }): number;
  write(bytes: Uint8Array, options: { readonly at: number }): number;
  close(): void;
}

/**
 * The folder of models in the Origin Private File System, which no other origin sees.
 * @throws SalientError 'io' where there is none: outside of browsers, in pages that are not served securely
 */
export async function modelsFolder(): Promise<Folder> {
  const { storage } = (globalThis as { readonly navigator?: Partial<Navigator> }).navigator ?? {};
  if (storage?.getDirectory === undefined) {
    throw new SalientError(
      'io',
      'this page has no file system of its own; models are kept in pages from https: or localhost alone',
    );
  }
  try {
    const root = await storage.getDirectory();
    return (await root.getDirectoryHandle(FOLDER, { create: true })) as unknown as Folder;
  } catch (cause) {
    throw new SalientError('io', `the browser keeps no files for this page: ${reasonOf(cause)}`, { cause });
  }
}

/**
 * The models that this origin keeps, parts of broken downloads too.
 *
 * @example
 * ```ts
 * for (const { file, bytes, whole } of await storedModels()) console.log(file, bytes, whole ? '' : 'in part');
 * ```
 */
export async function storedModels(): Promise<StoredModel[]> {
  const found: StoredModel[] = [];
  for await (const handle of (await modelsFolder()).values()) {
    if (handle.kind !== 'file') continue;
    const { size } = await handle.getFile();
    const whole = !handle.name.endsWith(PART);
    found.push({ file: whole ? handle.name : handle.name.slice(0, -PART.length), bytes: size, whole });
  }
  return found.sort((a, b) => (a.file < b.file ? -1 : 1));
}

/**
 * The file of a whole model; none where it is not here. The bytes stay on the disk until they are read.
 *
 * @example
 * ```ts
 * const kept = await storedModel('vgg16.onnx');
 * if (kept !== undefined) await loadModel(device, kept);
 * ```
 */
export async function storedModel(file: string): Promise<Blob | undefined> {
  try {
    return await (await (await modelsFolder()).getFileHandle(file)).getFile();
  } catch (error) {
    if (isCalled(error, 'NotFoundError')) return undefined;
    throw error;
  }
}

/**
 * Removes a model, and what a broken download left of it; says whether there was anything.
 * @throws SalientError 'io' while it is being downloaded
 *
 * @example
 * ```ts
 * if (await removeStoredModel('vgg16.onnx')) console.log('528 MB are free again');
 * ```
 */
export async function removeStoredModel(file: string): Promise<boolean> {
  const folder = await modelsFolder();
  let removed = false;
  for (const name of [file, file + PART]) {
    try {
      await folder.removeEntry(name);
      removed = true;
    } catch (cause) {
      if (isCalled(cause, 'NotFoundError')) continue;
      throw new SalientError('io', `cannot remove ${file}: ${reasonOf(cause)}; is it being downloaded?`, { cause });
    }
  }
  return removed;
}

export function isCalled(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
