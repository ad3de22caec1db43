import { readFileSync } from 'node:fs';
import { countOption } from '../../src/cli/command.ts';
import { runScript } from '../../src/cli/run-program.ts';
import { SalientError } from '../../src/error.ts';
import { summarize } from '../../src/measure/statistics.ts';
import { findGpu } from '../../src/tensor/webgpu/find.ts';
import { type Climbed, climb, errorOf } from './climb.ts';
import { ours } from './ours.ts';
import { problems, RUNGS } from './rungs.ts';

/*
 * `npm run ladder`: each rung, timed and compared with the truth. On a machine without a GPU through SwiftShader:
 * `node test/support/gpu.mjs node dist/docs/ladder/run.js`.
 */

const HELP = `usage: npm run ladder -- [--rung NAME] [--runs N]

Runs the rungs of docs/ladder on the GPU that WebGPU finds, or one of them, by the beginning of its name. Prints for each
the median time, GFLOP/s of the definition's operations, and how far it is from the truth.`;

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
  const all = problems();
  const wgsl = (file: string) => readFileSync(new URL(`${file}.wgsl`, WGSL), 'utf8');
  for (const rung of rungs) {
    const ascent = rung.ascent(all);
    const climbed = await climb(device, ascent, wgsl, runs);
    row(rung.name, climbed, ascent.operations, errorOf(rung, all, climbed.result));
  }
  device.destroy();
  if (wanted !== undefined) return;
  for (const rung of RUNGS.filter(({ name }) => name === '10-winograd' || name === '12-back-winograd')) {
    const climbed = await ours(rung.kind === 'way back' ? all.back : all.conv, rung.kind, all, runs);
    const title = rung.kind === 'way back' ? 'ours, the way back' : 'ours';
    row(title, climbed, rung.ascent(all).operations, errorOf(rung, all, climbed.result));
  }
});

function head(machine: string, runs: number): void {
  console.log(`${machine}, median of ${runs} runs`);
  console.log('\n| rung | ms | GFLOP/s | error |\n| --- | --- | --- | --- |');
}

function row(name: string, { milliseconds }: Climbed, flops: number, error: number): void {
  const { median } = summarize(milliseconds);
  const rate = (flops / median / 1e6).toFixed(2);
  console.log(`| ${name} | ${median.toFixed(2)} | ${rate} | ${error.toPrecision(2)} |`);
}
