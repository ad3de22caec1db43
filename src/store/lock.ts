import { randomUUID } from 'node:crypto';
import { link, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { throwIfAborted } from '../error.ts';

/** Milliseconds between two signs of life of whoever holds a lock. */
const SIGN = 2_000;
/** Milliseconds without a sign after which a lock is nobody's. */
const STALE = 20_000;

/**
 * Runs `work` while no other process that asks for the same lock file does; waits for one that does. The lock of a
 * process that ended is taken over.
 */
export async function withLock<T>(
  path: string,
  signal: AbortSignal,
  onWait: () => void,
  work: () => Promise<T>,
): Promise<T> {
  for (let waited = false; !(await take(path)); ) {
    throwIfAborted(signal);
    if (await isStale(path)) {
      await removeStale(path);
      continue;
    }
    if (!waited) onWait();
    waited = true;
    await pause(200, undefined, { signal });
  }
  const alive = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, SIGN);
  alive.unref();
  try {
    return await work();
  } finally {
    clearInterval(alive);
    await rm(path, { force: true });
  }
}

async function take(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    await file.writeFile(`${process.pid} ${hostname()}`);
    await file.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Two that find the same lock stale must not both remove one: a name of one's own tells whether it still was that. */
async function removeStale(path: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch {
    return; // somebody else was quicker
  }
  // Not the one looked at, but a new owner's: it goes back, unless there is yet another.
  if (!(await isStale(aside))) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}

async function isStale(path: string): Promise<boolean> {
  try {
    const [pid, host] = (await readFile(path, 'utf8')).split(' ');
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > STALE) return true;
    return host === hostname() && !isRunning(Number(pid));
  } catch {
    // Gone meanwhile: the next attempt to take it tells.
    return false;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
