import { mkdirSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { numberOption } from '../../src/cli/command.ts';
import { runScript } from '../../src/cli/run-program.ts';
import { repositoryRoot } from '../support/paths.ts';
import { faultOf, inputOf, TARGETS, type Target } from './targets.ts';

const HELP = `usage: npm run fuzz -- [--seconds N] [--seed S] [--target NAME]

Feeds mutated files to everything that reads some: ${Object.keys(TARGETS).join(', ')}.
What throws anything but a SalientError of one line, takes over 5 seconds or more than 512 MB is made small and written
to test/fuzz/corpus, which npm test runs. Default: 60 seconds, seed 1, all targets in turn.`;

const OPTIONS = { seconds: { type: 'string' }, seed: { type: 'string' }, target: { type: 'string' } } as const;

/** Milliseconds that one input may take. */
const PATIENCE = 5000;

interface Found {
  readonly seed: number;
  readonly fault: string;
}

await runScript({ help: HELP, options: OPTIONS }, async ({ values }) => {
  const seconds = numberOption(values.seconds, 'seconds') ?? 60;
  const start = numberOption(values.seed, 'seed') ?? 1;
  const names = Object.keys(TARGETS).filter((name) => values.target === undefined || name === values.target);
  let faults = 0;
  let total = 0;
  for (const name of names) {
    const until = performance.now() + (1000 * seconds) / names.length;
    // Seeds of different runs should not meet.
    let first = (start * 1_000_003) % 1_000_000_000;
    const begin = first;
    while (performance.now() < until) {
      const { next, found } = await slice(name, first, until);
      for (const { seed, fault } of found) {
        faults++;
        console.log(`${name}, seed ${seed}: ${fault.split('\n').slice(0, 3).join(' | ')}`);
        if (!fault.startsWith('it ')) await keep(name, TARGETS[name]!, seed);
        else put(name, seed, inputOf(TARGETS[name]!, seed));
      }
      first = next;
    }
    console.log(`${name}: ${(first - begin).toLocaleString('en')} inputs`);
    total += first - begin;
  }
  console.log(`${total.toLocaleString('en')} inputs, ${faults} faults`);
  if (faults > 0) process.exitCode = 1;
});

/** Runs seeds in a worker until the time is over, or one of them hangs or takes too much memory. */
async function slice(name: string, first: number, until: number): Promise<{ next: number; found: Found[] }> {
  const progress = new Int32Array(new SharedArrayBuffer(8));
  progress[0] = first;
  const found: Found[] = [];
  const worker = new Worker(new URL('./worker.js', import.meta.url), {
    workerData: { name, first, progress },
    resourceLimits: { maxOldGenerationSizeMb: 512 },
  });
  let ended = false;
  let end: string | undefined;
  worker.on('message', (message: Found | 'done') => {
    if (message === 'done') ended = true;
    else found.push(message);
  });
  worker.on('error', (error) => {
    end = `it ended the thread: ${error instanceof Error ? error.message : String(error)}`;
  });
  worker.on('exit', () => {
    ended = true;
  });
  let [last, since] = [first, performance.now()];
  while (!ended) {
    await pause(20);
    const now = performance.now();
    if (now > until) Atomics.store(progress, 1, 1);
    const seed = Atomics.load(progress, 0);
    if (seed !== last) [last, since] = [seed, now];
    else if (now - since > PATIENCE) {
      end = `it takes over ${PATIENCE / 1000} seconds`;
      await worker.terminate();
    }
  }
  await worker.terminate();
  const seed = Atomics.load(progress, 0);
  if (end !== undefined) found.push({ seed, fault: end });
  return { next: seed + 1, found };
}

/** Writes the smallest input found that fails in the same way: pieces are left out as long as it still does. */
async function keep(name: string, target: Target, seed: number): Promise<void> {
  let bytes = inputOf(target, seed);
  const kind = kindOf(await faultOf(target, bytes));
  for (let size = bytes.length >> 1; size >= 1; size >>= 1) {
    for (let at = 0; at < bytes.length; ) {
      const shorter = Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + size)]);
      if (kindOf(await faultOf(target, shorter)) === kind) bytes = shorter;
      else at += size;
    }
  }
  put(name, seed, bytes);
}

/** The first line of a fault, without its numbers. */
function kindOf(fault: string | undefined): string | undefined {
  return fault?.replace(/\n[\s\S]*/, '').replaceAll(/\d+/g, '#');
}

function put(name: string, seed: number, bytes: Uint8Array): void {
  const folder = `${repositoryRoot}test/fuzz/corpus/${name.replace(' ', '-')}`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/${seed}.bin`, bytes);
}
