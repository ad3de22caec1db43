import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { SalientError } from '../error.ts';
import { type BullMQ, connectionTo, type Job, openQueue, type Queue, type Shard } from './bullmq.ts';

/** Attempts at one shard: each goes on where the one before it was. */
const ATTEMPTS = 20;

/** Milliseconds before a shard that failed is tried again. */
const PAUSE = 1000;

/** States of a job, in the order in which they are told. */
export const STATES = ['waiting', 'active', 'delayed', 'completed', 'failed'] as const;

/** The shards of a command; the same words always make the same jobs. */
export function shardsOf(words: readonly string[], count: number, folder: string): Shard[] {
  return Array.from({ length: count }, (_, index) => ({ words, index, count, folder }));
}

/** Adds shards to a queue; those that are there already are not added again. */
export async function fillQueue(queue: Queue, shards: readonly Shard[]): Promise<void> {
  const jobs = shards.map((data) => {
    const hash = createHash('sha256')
      .update(JSON.stringify([data.words, data.folder]))
      .digest('hex')
      .slice(0, 16);
    const jobId = `${hash}-${data.index + 1}-of-${data.count}`;
    const backoff = { type: 'fixed', delay: PAUSE } as const;
    return { name: `${data.index + 1}/${data.count}`, data, opts: { jobId, attempts: ATTEMPTS, backoff } };
  });
  await queue.addBulk(jobs);
}

/** Does one shard in a process of its own, so that this one stays free to say that it lives. */
export function workOn({ words, index, count, folder }: Shard, signal: AbortSignal): Promise<void> {
  const main = fileURLToPath(new URL('./main.js', import.meta.url));
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...words, '--shard', `${index + 1}/${count}`], {
      cwd: folder,
      // The channel tells the child when this process is gone, however it went.
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let text = '';
    child.stderr!.on('data', (data) => {
      text = `${text}${data}`.slice(-2000);
    });
    // The command writes the line that it is at, and ends.
    const stop = () => child.kill('SIGINT');
    signal.addEventListener('abort', stop);
    child.on('error', reject);
    child.on('close', (code) => {
      signal.removeEventListener('abort', stop);
      if (code === 0) resolve();
      else reject(new SalientError('io', text.trim().split('\n').at(-1) || `the command ended with code ${code}`));
    });
  });
}

export interface WorkOptions {
  readonly url: string;
  readonly name: string;
  /** End when nothing waits any more, in place of waiting for more. */
  readonly untilEmpty: boolean;
  /** Milliseconds for which a shard is its worker's without a sign of life. */
  readonly lock: number;
  readonly signal: AbortSignal;
  /** One line for people. */
  readonly say: (line: string) => void;
}

/** Takes jobs and does them, until the signal, or until there are none. */
export async function workOnQueue(
  bullmq: BullMQ,
  { url, name, untilEmpty, lock, signal, say }: WorkOptions,
): Promise<void> {
  const queue = await openQueue(bullmq, url, name);
  const work = async ({ data }: Job): Promise<void> => {
    say(`${data.index + 1}/${data.count}: ${data.words.join(' ')}`);
    await workOn(data, signal);
  };
  const worker = new bullmq.Worker(name, work, {
    connection: connectionTo(url),
    lockDuration: lock,
    stalledInterval: lock / 2,
    maxStalledCount: ATTEMPTS,
  });
  worker.on('completed', ({ data }) => say(`${data.index + 1}/${data.count}: done`));
  worker.on('failed', (job, error) => say(`${job?.name ?? 'a shard'}: ${error.message}; it is tried again`));
  worker.on('error', (error) => say(`the queue: ${error.message}`));
  try {
    while (!signal.aborted) {
      if (untilEmpty) {
        const { waiting = 0, active = 0, delayed = 0 } = await queue.getJobCounts('waiting', 'active', 'delayed');
        if (waiting + active + delayed === 0) break;
      }
      await setTimeout(300, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    // Waits for the shard under way, which was told to stop where the signal came.
    await worker.close();
    await queue.close();
  }
}
