import { readFileSync } from 'node:fs';
import { countOption } from '../../src/cli/command.ts';
import { runScript } from '../../src/cli/run-program.ts';
import { SalientError } from '../../src/error.ts';
import { findGpu } from '../../src/tensor/webgpu/find.ts';
import { BOUNDS } from './compare.ts';
import { ascend } from './ladder.ts';
import type { Line } from './line.ts';
import { problems, RUNGS } from './rungs.ts';

/*
 * `npm run ladder`: each rung, timed and compared with the truth. On a machine without a GPU through SwiftShader:
 * `node test/support/gpu.mjs node dist/docs/ladder/run.js`.
 */

const HELP = `usage: npm run ladder -- [--rung NAME] [--runs N]

Runs the rungs of docs/ladder on the GPU that WebGPU finds, or one of them, by the beginning of its name. Prints for each
the median time, GFLOP/s of the definition's operations, and how far it is from the truth; ends with code 1 where that is
more than rounding. In a browser: npm run ladder:page.`;

const OPTIONS = { rung: { type: 'string' }, runs: { type: 'string', default: '5' } } as const;

/** Beside the source, not beside what is built. */
const WGSL = new URL('../../../docs/ladder/wgsl/', import.meta.url);

await runScript({ help: HELP, options: OPTIONS }, async ({ values: { rung: wanted, runs: times } }) => {
  const runs = countOption(times, 'runs')!;
  const rungs = RUNGS.filter(({ name }) => name.startsWith(wanted ?? ''));
  if (rungs.length === 0) {
    const names = RUNGS.map(({ name }) => name).join(', ');
    throw new SalientError('bad-argument', `--rung is "${wanted}"; choose among ${names}`);
  }
  const adapter = await (await findGpu()).requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) throw new SalientError('no-device', 'WebGPU finds no adapter; see docs/webgpu.md');
  const timed = adapter.features.has('timestamp-query');
  const device = await adapter.requestDevice({ requiredFeatures: timed ? ['timestamp-query'] : [] });
  head(`${adapter.info.vendor} ${adapter.info.device || adapter.info.description}`, runs);
  const wgsl = (file: string) => readFileSync(new URL(`${file}.wgsl`, WGSL), 'utf8');
  const chosen = wanted === undefined ? undefined : rungs;
  for await (const line of ascend({ device, all: problems(), wgsl, runs, rungs: chosen })) row(line);
  device.destroy();
});

function head(machine: string, runs: number): void {
  console.log(`${machine}, median of ${runs} runs`);
  console.log('\n| rung | ms | GFLOP/s | error |\n| --- | --- | --- | --- |');
}

function row({ name, kind, milliseconds, gigaflops, error, agrees, inexact }: Line): void {
  console.log(`| ${name} | ${milliseconds.median.toFixed(2)} | ${gigaflops.toFixed(2)} | ${error.toPrecision(2)} |`);
  if (agrees || inexact) return;
  console.error(`${name}: error ${error.toPrecision(2)}, expected at most ${BOUNDS[kind]}`);
  process.exitCode = 1;
}
