/** One worker's time against two's, as a program: `node dist/test/experiments/two-workers.js --scenes 400 --rounds 3`. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { countOption } from '../../src/cli/command.ts';
import { runScript } from '../../src/cli/run-program.ts';
import { SalientError } from '../../src/error.ts';
import { startCompare } from './compare-run.ts';
import { writeScenes } from './scenes.ts';

const HELP = `usage: node dist/test/experiments/two-workers.js [--scenes N] [--rounds R] [--pin]

salient compare of N scenes by one process of one thread, and by two of them, half of the scenes each (--shard), in turns.
Says how many times as many images two do in a second, opening included. The machine must be quiet.

  --pin   each worker on a core of its own (taskset of Linux): one alone uses 1.07 cores, since V8 compiles and collects
          garbage on threads of its own, and two have no more than two`;

const OPTIONS = {
  scenes: { type: 'string' },
  rounds: { type: 'string' },
  pin: { type: 'boolean', default: false },
} as const;

await runScript({ help: HELP, options: OPTIONS }, async ({ values }) => {
  const scenes = countOption(values.scenes, 'scenes') ?? 400;
  const rounds = countOption(values.rounds, 'rounds') ?? 3;
  const folder = mkdtempSync(join(tmpdir(), 'salient-workers-'));
  try {
    const data = join(folder, 'data');
    await writeScenes(data, scenes);
    const seconds = async (name: string, shards: readonly string[]) => {
      const out = join(folder, name);
      const begin = performance.now();
      const words = (shard: string) => ['--no-saliency', '--threads', '1', '--shard', shard];
      await Promise.all(
        shards.map((shard, core) => {
          const { pid, ended } = startCompare(data, out, words(shard));
          if (values.pin) pinTo(core, pid);
          return ended;
        }),
      );
      return (performance.now() - begin) / 1000;
    };
    for (let round = 1; round <= rounds; round++) {
      const one = await seconds(`one-${round}`, ['1/1']);
      const two = await seconds(`two-${round}`, ['1/2', '2/2']);
      console.log(`one ${one.toFixed(1)} s, two ${two.toFixed(1)} s: ${(one / two).toFixed(2)} × as fast`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** Keeps a process, and the threads that it will start, on one core. */
function pinTo(core: number, pid: number): void {
  const { status, error } = spawnSync('taskset', ['-acp', `${core}`, `${pid}`], { stdio: 'ignore' });
  if (status === 0) return;
  throw new SalientError(
    'unsupported',
    `taskset cannot pin a worker (${error?.message ?? `code ${status}`}); leave out --pin`,
  );
}
