import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SalientError } from '../error.ts';
import { KNOWN_MODELS, type KnownModel, MODEL_ZOO, zooAddresses } from '../model/known-models.ts';
import { cacheFolder, type Variables } from './cache-folder.ts';
import { type DownloadSettings, download, Refused, sizeOf } from './download.ts';
import { withLock } from './lock.ts';

export interface PullOptions {
  readonly signal?: AbortSignal | undefined;
  /** Bytes that are here, of how many. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Another process downloads the same; this one waits. */
  readonly onWait?: (() => void) | undefined;
  /** Default: the process's own. `SALIENT_CACHE`, `SALIENT_MIRROR`, `HTTPS_PROXY`, …: see docs/models.md. */
  readonly variables?: Variables;
  /** Milliseconds without a byte after which a server counts as stalled. Default 30 s. */
  readonly patience?: number;
  /** Times that a broken download is taken up again. Default 5. */
  readonly retries?: number;
  /** Milliseconds before the first retry, twice as many before the next. Default 1 s. */
  readonly pause?: number;
  /** What is known; default {@link KNOWN_MODELS}. */
  readonly models?: readonly KnownModel[];
}

/** A model that is on this machine. */
export interface PulledModel {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  /** Whether it was here already. */
  readonly wasHere: boolean;
}

/** The known model of this name. @throws SalientError 'bad-argument' where there is none. */
export function modelNamed(name: string, models: readonly KnownModel[] = KNOWN_MODELS): KnownModel {
  const model = models.find((known) => known.name === name);
  if (model !== undefined) return model;
  const names = models.map((known) => known.name).join(', ');
  throw new SalientError('bad-argument', `there is no model "${name}" to pull; choose one of ${names}`);
}

/** Where a known model is kept, here or not yet. */
export function pathOf({ file }: KnownModel, variables?: Variables): string {
  return join(cacheFolder(variables), file);
}

/** Whether the whole file is there: its name stands for checked contents only. */
export async function isHere(model: KnownModel, variables?: Variables): Promise<boolean> {
  return (await sizeOf(pathOf(model, variables))) === model.bytes;
}

/**
 * Downloads a known model into the cache, unless it is there: resumed where an earlier call broke off, its size and
 * SHA-256 checked. Two calls at once download it once.
 *
 * @throws SalientError 'bad-argument' (no such model), 'io', 'bad-file' (other bytes than known), 'aborted'.
 */
export async function pullModel(name: string, options: PullOptions = {}): Promise<PulledModel> {
  const { variables = process.env, models, signal = new AbortController().signal, onProgress, onWait } = options;
  const model = modelNamed(name, models);
  const path = pathOf(model, variables);
  const result = { name, path, bytes: model.bytes };
  if (await isHere(model, variables)) return { ...result, wasHere: true };
  const folder = cacheFolder(variables);
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw new SalientError('io', `cannot make the folder ${folder}; name another in SALIENT_CACHE`, { cause });
  });
  const settings: DownloadSettings = {
    signal,
    variables,
    patience: options.patience ?? 30_000,
    retries: options.retries ?? 5,
    pause: options.pause ?? 1_000,
    onProgress: onProgress && ((done) => onProgress(done, model.bytes)),
  };
  const work = async () => {
    if (await isHere(model, variables)) return true;
    await fromAny(addressesOf(model, variables), path, model, settings);
    return false;
  };
  try {
    return { ...result, wasHere: await withLock(`${path}.lock`, signal, onWait ?? (() => undefined), work) };
  } catch (cause) {
    if (signal.aborted) throw new SalientError('aborted', `the download of ${name} was interrupted`, { cause });
    if (cause instanceof SalientError) throw cause;
    throw new SalientError('io', `cannot write ${path}: ${(cause as Error).message}`, { cause });
  }
}

/** Removes a known model, and what a broken download left, from the cache; says whether there was anything. */
export async function removeModel(name: string, variables?: Variables): Promise<boolean> {
  const path = pathOf(modelNamed(name), variables);
  const sizes = await Promise.all([path, `${path}.part`].map(sizeOf));
  await rm(path, { force: true });
  await rm(`${path}.part`, { force: true });
  return sizes.some((size) => size > 0);
}

function addressesOf({ file }: KnownModel, variables: Variables): URL[] {
  const mirror = variables.SALIENT_MIRROR || MODEL_ZOO;
  const base = mirror.endsWith('/') ? mirror : `${mirror}/`;
  if (!/^https?:/.test(base) || !URL.canParse(base)) {
    throw new SalientError('bad-argument', `SALIENT_MIRROR is "${mirror}"; expected an address like ${MODEL_ZOO}`);
  }
  return zooAddresses(file, base).map((address) => new URL(address));
}

async function fromAny(addresses: readonly URL[], path: string, model: KnownModel, settings: DownloadSettings) {
  const refused: Refused[] = [];
  for (const address of addresses) {
    try {
      return await download(address, path, model, settings);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      refused.push(error);
    }
  }
  const tried = refused.map(({ message }) => message).join('; ');
  throw new SalientError('io', `${model.name} is not where it was: ${tried}; a mirror can be named in SALIENT_MIRROR`);
}
