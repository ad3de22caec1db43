import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SalientError } from '../error.ts';

/** What is used of BullMQ (https://docs.bullmq.io), the optional package that runs a queue on Redis. */
export interface BullMQ {
  readonly Queue: new (name: string, options: { readonly connection: Connection }) => Queue;
  readonly Worker: new (name: string, process: (job: Job) => Promise<unknown>, options: WorkerOptions) => Worker;
}

/** Options of ioredis. */
export interface Connection {
  readonly url: string;
  readonly maxRetriesPerRequest: null;
  /** Milliseconds until the next attempt to connect, or none. */
  readonly retryStrategy?: (attempt: number) => number | null;
}

export interface Queue {
  waitUntilReady(): Promise<unknown>;
  addBulk(
    jobs: readonly { readonly name: string; readonly data: Shard; readonly opts: JobOptions }[],
  ): Promise<unknown>;
  getJobCounts(...states: readonly string[]): Promise<Readonly<Record<string, number>>>;
  getFailed(): Promise<readonly Job[]>;
  getActive(): Promise<readonly Job[]>;
  close(): Promise<void>;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

interface JobOptions {
  /** A job of this id is there once, however often it is added. */
  readonly jobId: string;
  readonly attempts: number;
  readonly backoff: { readonly type: 'fixed'; readonly delay: number };
}

/** One shard's work: the words of the command, without `--shard`. */
export interface Shard {
  readonly words: readonly string[];
  readonly index: number;
  readonly count: number;
  /** The folder in which the words were given, to which their paths are relative. */
  readonly folder: string;
}

export interface Job {
  readonly id?: string;
  readonly name: string;
  readonly data: Shard;
  readonly attemptsMade: number;
  readonly failedReason?: string;
}

interface WorkerOptions {
  readonly connection: Connection;
  /** Milliseconds for which a job is its worker's; renewed while that lives. */
  readonly lockDuration: number;
  readonly stalledInterval: number;
  /** How often a job may be taken over from a worker that vanished. */
  readonly maxStalledCount: number;
}

export interface Worker {
  close(): Promise<void>;
  on(event: 'failed', listener: (job: Job | undefined, error: Error) => void): unknown;
  on(event: 'completed', listener: (job: Job) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/**
 * BullMQ from beside this package, or from the working directory.
 * @throws SalientError 'unsupported' where it is not installed
 */
export async function loadBullMQ(): Promise<BullMQ> {
  for (const origin of [import.meta.url, pathToFileURL(join(process.cwd(), 'package.json')).href]) {
    let path: string;
    try {
      path = createRequire(origin).resolve('bullmq');
    } catch {
      continue; // Not here: look at the next place.
    }
    return createRequire(origin)(path) as BullMQ;
  }
  throw new SalientError(
    'unsupported',
    'a queue needs the package bullmq, which is not installed; `npm install bullmq` adds it (and a Redis server runs it)',
  );
}

/** How Redis is reached; a first attempt that fails is the last. */
export function connectionTo(url: string): Connection {
  if (!/^rediss?:\/\//.test(url) || !URL.canParse(url)) {
    throw new SalientError('bad-argument', `--queue is "${url}"; expected redis://HOST:PORT`);
  }
  return { url, maxRetriesPerRequest: null };
}

/**
 * A queue that is connected.
 * @throws SalientError 'io' where no server answers
 */
export async function openQueue({ Queue }: BullMQ, url: string, name: string): Promise<Queue> {
  let reason = 'it does not answer';
  const queue = new Queue(name, { connection: { ...connectionTo(url), retryStrategy: () => null } });
  queue.on('error', (error) => {
    reason = error.message || reason;
  });
  const late = new Promise<never>((_, reject) => setTimeout(() => reject(new Error(reason)), 5000).unref());
  try {
    await Promise.race([queue.waitUntilReady(), late]);
    return queue;
  } catch (cause) {
    await queue.close().catch(() => undefined);
    throw new SalientError('io', `no Redis server at ${url}: ${reason}; start one, or correct --queue`, { cause });
  }
}
