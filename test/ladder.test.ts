import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { BOUNDS, comparison } from '../docs/ladder/compare.ts';
import { ascend, OURS } from '../docs/ladder/ladder.ts';
import { problems, RUNGS } from '../docs/ladder/rungs.ts';
import { findGpu } from '../src/tensor/webgpu/find.ts';
import { repositoryRoot } from './support/paths.ts';

const folder = join(repositoryRoot, 'docs', 'ladder');
const wgsl = (file: string) => readFileSync(join(folder, 'wgsl', `${file}.wgsl`), 'utf8');
const small = problems('small');
const shared = new Set(['prelude', 'packed', 'patches']);

test('every rung gives the same numbers, but for the one that is there to show how it loses them', async () => {
  const adapter = await (await findGpu()).requestAdapter();
  const device = await adapter!.requestDevice();
  const begun: string[] = [];
  const names: string[] = [];
  for await (const line of ascend({ device, all: small, wgsl, runs: 2, onRung: (name) => begun.push(name) })) {
    const { name, kind, error, agrees, difference, ratio, milliseconds, gigaflops } = line;
    names.push(name);
    assert.is(agrees, name !== '14-distances-product', `${name}: ${error}`);
    if (!agrees) assert.ok(error > 0.1, `${name}: only ${error}`);
    // Two results are at most as far from each other as both from the truth.
    const isFirst = ['01-naive', '11-back-gather', '13-distances'].includes(name);
    if (isFirst) assert.equal([difference, ratio], [undefined, undefined]);
    else assert.ok(ratio! > 0 && difference! <= error + BOUNDS[kind], `${name}: ${difference} from the first`);
    assert.is(milliseconds.count, 2);
    assert.ok(milliseconds.median > 0 && gigaflops > 0);
  }
  device.destroy();
  assert.equal(names, begun);
  assert.equal(
    names,
    [...RUNGS, ...OURS].map(({ name }) => name),
  );
});

test('a wrong number would be found', async () => {
  const { sums } = await import('../docs/ladder/problem.ts').then(({ convTruth }) => convTruth(small.conv));
  const { difference } = comparison(small);
  const result = Float32Array.from(sums);
  assert.ok(difference('convolution', result) <= 16);
  result[17]! += 1e-3;
  assert.ok(difference('convolution', result) > 16);
});

test('the page names every rung and every file of theirs', () => {
  const page = readFileSync(join(folder, 'README.md'), 'utf8');
  for (const { name, prediction } of RUNGS) {
    assert.match(page, new RegExp(`\\b${name}\\b`));
    assert.ok(page.includes(`rediction for hardware: ${prediction}`), `${name}: "${prediction}" is not explained`);
  }
  const files = readdirSync(join(folder, 'wgsl')).map((file) => file.replace('.wgsl', ''));
  const used = new Set(RUNGS.flatMap((rung) => rung.ascent(small).files));
  assert.equal(
    files.filter((file) => !used.has(file) && !shared.has(file)),
    [],
  );
  for (const file of files) assert.ok(page.includes(`wgsl/${file}.wgsl`), `wgsl/${file}.wgsl is not linked`);
});

test.run();
