import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { decodeImage } from '../../src/image/codec/decode.ts';
import { flatJpeg, flatPng, scanBomb } from '../support/hostile-pictures.ts';

/*
 * What large pictures cost, for docs/security.md: `node dist/test/image/large.js [FILE...]` decodes each of the made-up ones
 * and of the files in a process of its own, and prints time, the longest that other tasks had to wait, and peak memory.
 */

const MADE: Readonly<Record<string, () => Uint8Array>> = {
  'grey JPEG, 10000×10000, three colours': () => flatJpeg(10_000, 10_000, 3),
  'scan bomb, 10000×10000, 66 empty scans': () => scanBomb(10_000, 10_000, 22),
  'black PNG, 10000×10000': () => flatPng(10_000, 10_000, 8, 2),
  'PNG of 100000000×1': () => flatPng(100_000_000, 1, 8, 2),
};

const [first, ...others] = process.argv.slice(2);
if (first === '--one') await measure(others[0]!);
else {
  const files = [first, ...others].filter((file) => file !== undefined);
  for (const name of [...Object.keys(MADE), ...files]) {
    spawnSync(process.execPath, [fileURLToPath(import.meta.url), '--one', name], { stdio: 'inherit' });
  }
}

async function measure(name: string): Promise<void> {
  const file = MADE[name]?.() ?? readFileSync(name);
  let longest = 0;
  let last = performance.now();
  const look = () => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  };
  const timer = setInterval(look, 1);
  const began = performance.now();
  const end = await decodeImage(file).then(
    ({ width, height }) => `${width}×${height}`,
    (error: Error) => error.message,
  );
  const seconds = (performance.now() - began) / 1000;
  await new Promise((resolve) => setTimeout(resolve));
  look();
  clearInterval(timer);
  const peak = Math.round(process.resourceUsage().maxRSS / 1000);
  const size = (file.length / 1e6).toFixed(1);
  console.log(
    `${name}: ${size} MB, ${seconds.toFixed(2)} s, longest wait ${longest.toFixed(0)} ms, peak ${peak} MB; ${end}`,
  );
}
