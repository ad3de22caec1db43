/** A long run under kills, as a program: `node dist/test/experiments/many-kills.js --scenes 2000 --broken 40 --kills 50`. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { modelsFolder } from '../../src/cli/bundled.ts';
import { countOption } from '../../src/cli/command.ts';
import { runScript } from '../../src/cli/run-program.ts';
import { SalientError } from '../../src/error.ts';
import { repositoryRoot } from '../support/paths.ts';
import { randomNumbers } from '../support/random.ts';
import { writeScenes } from './scenes.ts';

const HELP = `usage: node dist/test/experiments/many-kills.js [--scenes N] [--broken M] [--kills K]

salient compare of N generated scenes and M broken files, undisturbed, and killed K times at random moments; the lines of
both are compared. Relevance only, device wasm.`;

const OPTIONS = { scenes: { type: 'string' }, broken: { type: 'string' }, kills: { type: 'string' } } as const;

const main = join(repositoryRoot, 'dist', 'src', 'cli', 'main.js');

await runScript({ help: HELP, options: OPTIONS }, async ({ values }) => {
  const scenes = countOption(values.scenes, 'scenes') ?? 2000;
  const broken = countOption(values.broken, 'broken') ?? 40;
  const kills = countOption(values.kills, 'kills') ?? 50;
  const folder = mkdtempSync(join(tmpdir(), 'salient-kills-'));
  try {
    await writeScenes(join(folder, 'data'), scenes, broken);
    const networks = ['scenes-alexnet', 'scenes-vgg'].flatMap((name) => [
      '--model',
      join(modelsFolder, `${name}.onnx`),
    ]);
    const words = (out: string) => [
      ...[main, 'compare', join(folder, 'data'), ...networks, '--device', 'wasm', '--no-saliency', '--keep', 'none'],
      ...['--out', join(folder, out)],
    ];
    const run = (out: string, lifetime: number): Promise<'done' | 'killed'> =>
      new Promise((resolve, reject) => {
        const child = spawn(process.execPath, words(out), { stdio: ['ignore', 'ignore', 'pipe'] });
        let text = '';
        child.stderr.on('data', (data) => {
          text += data;
        });
        const timer = Number.isFinite(lifetime) ? setTimeout(() => child.kill('SIGKILL'), lifetime) : undefined;
        child.on('close', (code, signal) => {
          clearTimeout(timer);
          if (signal === 'SIGKILL') resolve('killed');
          else if (code === 0) resolve('done');
          else reject(new SalientError('io', text));
        });
      });
    const lines = (out: string) =>
      readFileSync(join(folder, out, 'results.jsonl'), 'utf8')
        .trimEnd()
        .split('\n')
        .slice(1)
        .sort();
    const began = performance.now();
    await run('whole', Number.POSITIVE_INFINITY);
    const whole = performance.now() - began;
    let killed = 0;
    for (const moment of randomNumbers(kills, 5)) {
      // On the average so long that the last kill comes before the end.
      const lifetime = 300 + (0.8 * whole * (moment + 1)) / kills;
      if ((await run('killed', lifetime)) === 'done') break;
      killed++;
    }
    await run('killed', Number.POSITIVE_INFINITY);
    const [expected, found] = [lines('whole'), lines('killed')];
    const isSame = expected.length === found.length && expected.every((line, index) => line === found[index]);
    const errors = expected.filter((line) => 'error' in (JSON.parse(line) as object)).length;
    console.log(`${expected.length} lines (${errors} of broken files) in ${(whole / 1000).toFixed(0)} s undisturbed`);
    console.log(`killed ${killed} times: ${found.length} lines, ${isSame ? 'byte for byte the same' : 'DIFFERENT'}`);
    if (!isSame) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
