import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { climb, errorOf } from '../docs/ladder/climb.ts';
import { ours } from '../docs/ladder/ours.ts';
import { problems, RUNGS } from '../docs/ladder/rungs.ts';
import { findGpu } from '../src/tensor/webgpu/find.ts';
import { repositoryRoot } from './support/paths.ts';

const folder = join(repositoryRoot, 'docs', 'ladder');
const wgsl = (file: string) => readFileSync(join(folder, 'wgsl', `${file}.wgsl`), 'utf8');
const small = problems('small');
const shared = new Set(['prelude', 'packed', 'patches']);

/** Rounding of so few products, in units of 2⁻²⁴ of the sum of their magnitudes; of distances, over the distance. */
const BOUNDS = { convolution: 16, 'way back': 16, distances: 1e-5 } as const;

test('every rung gives the same numbers, but for the one that is there to show how it loses them', async () => {
  const adapter = await (await findGpu()).requestAdapter();
  const device = await adapter!.requestDevice();
  for (const rung of RUNGS) {
    const { result, milliseconds } = await climb(device, rung.ascent(small), wgsl, 1);
    const error = errorOf(rung, small, result);
    assert.is(milliseconds.length, 1);
    if (rung.name === '14-distances-product') assert.ok(error > 0.1, `${rung.name}: only ${error}`);
    else assert.ok(error <= BOUNDS[rung.kind], `${rung.name}: ${error}`);
  }
  device.destroy();
  for (const rung of RUNGS.filter(({ name }) => name.includes('winograd'))) {
    const problem = rung.kind === 'way back' ? small.back : small.conv;
    const { result, milliseconds } = await ours(problem, rung.kind, small, 1);
    assert.ok(errorOf(rung, small, result) <= BOUNDS[rung.kind], `ours, ${rung.kind}`);
    assert.ok(milliseconds[0]! > 0);
  }
});

test('a wrong number would be found', async () => {
  const rung = RUNGS[0]!;
  const { sums } = await import('../docs/ladder/problem.ts').then(({ convTruth }) => convTruth(small.conv));
  const result = Float32Array.from(sums);
  assert.ok(errorOf(rung, small, result) <= 16);
  result[17]! += 1e-3;
  assert.ok(errorOf(rung, small, result) > 16);
});

test('the page names every rung and every file of theirs', () => {
  const page = readFileSync(join(folder, 'README.md'), 'utf8');
  for (const { name } of RUNGS) assert.match(page, new RegExp(`\\b${name}\\b`));
  const files = readdirSync(join(folder, 'wgsl')).map((file) => file.replace('.wgsl', ''));
  const used = new Set(RUNGS.flatMap((rung) => rung.ascent(small).files));
  assert.equal(
    files.filter((file) => !used.has(file) && !shared.has(file)),
    [],
  );
  for (const file of files) assert.ok(page.includes(`wgsl/${file}.wgsl`), `wgsl/${file}.wgsl is not linked`);
});

test.run();
