/** A long run under kills, as a program: `node dist/test/experiments/many-kills.js --scenes 2000 --broken 40 --kills 50`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { countOption } from '../../src/cli/command.ts';
import { runScript } from '../../src/cli/run-program.ts';
import { randomNumbers } from '../support/random.ts';
import { errorsAmong, sortedLines, startCompare } from './compare-run.ts';
import { writeScenes } from './scenes.ts';

const HELP = `usage: node dist/test/experiments/many-kills.js [--scenes N] [--broken M] [--kills K]

salient compare of N generated scenes and M broken files, undisturbed, and killed K times at random moments; the lines of
both are compared. Relevance only, device wasm.`;

const OPTIONS = { scenes: { type: 'string' }, broken: { type: 'string' }, kills: { type: 'string' } } as const;

await runScript({ help: HELP, options: OPTIONS }, async ({ values }) => {
  const scenes = countOption(values.scenes, 'scenes') ?? 2000;
  const broken = countOption(values.broken, 'broken') ?? 40;
  const kills = countOption(values.kills, 'kills') ?? 50;
  const folder = mkdtempSync(join(tmpdir(), 'salient-kills-'));
  try {
    const data = join(folder, 'data');
    await writeScenes(data, scenes, broken);
    const run = async (out: string, lifetime?: number): Promise<'done' | 'killed'> => {
      const compare = startCompare(data, join(folder, out), ['--no-saliency']);
      const timer = lifetime === undefined ? undefined : setTimeout(compare.kill, lifetime);
      return compare.ended.finally(() => clearTimeout(timer));
    };
    const began = performance.now();
    await run('whole');
    const whole = performance.now() - began;
    let killed = 0;
    for (const moment of randomNumbers(kills, 5)) {
      // On the average so long that the last kill comes before the end.
      const lifetime = 300 + (0.8 * whole * (moment + 1)) / kills;
      if ((await run('killed', lifetime)) === 'done') break;
      killed++;
    }
    await run('killed');
    const [expected, found] = [sortedLines(join(folder, 'whole')), sortedLines(join(folder, 'killed'))];
    const isSame = expected.length === found.length && expected.every((line, index) => line === found[index]);
    const errors = errorsAmong(expected);
    console.log(`${expected.length} lines (${errors} of broken files) in ${(whole / 1000).toFixed(0)} s undisturbed`);
    console.log(`killed ${killed} times: ${found.length} lines, ${isSame ? 'byte for byte the same' : 'DIFFERENT'}`);
    if (!isSame) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
