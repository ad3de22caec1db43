/** A long run of mixed photographs, as a program (Linux): `node dist/test/experiments/long-run.js --images 1000 --broken 20`. */
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { countOption } from '../../src/cli/command.ts';
import { runScript } from '../../src/cli/run-program.ts';
import { decodeImage } from '../../src/image/codec/decode.ts';
import { encodePng } from '../../src/image/codec/png-encode.ts';
import { resizeRegion } from '../../src/image/resize.ts';
import { repositoryRoot } from '../support/paths.ts';
import { randomNumbers } from '../support/random.ts';
import { errorsAmong, sortedLines, startCompare } from './compare-run.ts';
import { writeScenes } from './scenes.ts';

const HELP = `usage: node dist/test/experiments/long-run.js [--images N] [--broken M]

salient compare of N files, M of them broken: scenes as PNG of 60 to 1500 pixels a side, JPEG of every kind. Says whether
each has its line, and how much memory the process had at most in each quarter of the run, opening left out.`;

const OPTIONS = { images: { type: 'string' }, broken: { type: 'string' } } as const;

await runScript({ help: HELP, options: OPTIONS }, async ({ values }) => {
  const images = countOption(values.images, 'images') ?? 1000;
  const broken = countOption(values.broken, 'broken') ?? 20;
  const folder = mkdtempSync(join(tmpdir(), 'salient-long-run-'));
  try {
    const data = join(folder, 'data');
    await writeScenes(data, images - broken, broken);
    await mix(data);
    const compare = startCompare(data, join(folder, 'out'), ['--size', '100', '--scales', '1']);
    const looks: number[] = [];
    let running = true;
    const ended = compare.ended.finally(() => {
      running = false;
    });
    for (; running; await sleep(50)) looks.push(residentMegabytes(compare.pid));
    await ended;
    const lines = sortedLines(join(folder, 'out'));
    const names = new Set(lines.map((line) => (JSON.parse(line) as { image: string }).image));
    console.log(`${lines.length} lines of ${names.size} images, ${errorsAmong(lines)} of them of broken files`);
    const quarter = Math.ceil(looks.length / 4);
    const peaks = [0, 1, 2, 3].map((q) => Math.max(...looks.slice(q * quarter, (q + 1) * quarter)));
    console.log(`peak memory by quarters of the run: ${peaks.map((peak) => peak.toFixed(0)).join(', ')} MB`);
    if (names.size !== images || errorsAmong(lines) !== broken) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** Scenes become pictures of many sizes, every fourth a JPEG. */
async function mix(folder: string): Promise<void> {
  const photographs = join(repositoryRoot, 'test', 'golden', 'jpeg');
  const jpegs = readdirSync(photographs).filter((name) => extname(name) === '.jpg');
  const scenes = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\d{5}\.png$/.test(name));
  const sizes = randomNumbers(2 * scenes.length, 7);
  for (const [index, name] of scenes.sort().entries()) {
    const path = join(folder, name);
    if (index % 4 === 3) {
      copyFileSync(join(photographs, jpegs[(index >> 2) % jpegs.length]!), path.replace(/png$/, 'jpg'));
      rmSync(path);
      continue;
    }
    const scene = await decodeImage(readFileSync(path));
    // Few are large, as in a folder of photographs.
    const side = (k: number) => Math.round(60 + 1440 * ((sizes[k]! + 1) / 2) ** 3);
    const [width, height] = [side(2 * index), side(2 * index + 1)];
    writeFileSync(path, await encodePng(resizeRegion(scene, width, height, { x: 0, y: 0, width, height })));
  }
}

/** What the operating system says that a process has in memory. */
function residentMegabytes(pid: number): number {
  try {
    const [, kilobytes] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes ?? 0) / 1000;
  } catch {
    return 0;
  }
}
