import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isChosen } from './support/devices.ts';
import { repositoryRoot } from './support/paths.ts';

const FOLDER = join(repositoryRoot, 'docs', 'ladder', 'simd');
const RUNGS = readdirSync(FOLDER).filter((name) => /^\d\d-.*\.ts$/.test(name));

function run(script: string, ...words: string[]): { stdout: string; stderr: string; status: number | null } {
  return spawnSync(process.execPath, [join(FOLDER, script), ...words], { encoding: 'utf8' });
}

/** Rows of a printed table by their first cell. */
function rowsOf(text: string): Map<string, string[]> {
  const rows = text.split('\n').filter((line) => line.startsWith('| '));
  return new Map(rows.map((line) => line.slice(2, -2).split(' | ')).map(([name, ...cells]) => [name!, cells]));
}

// Odd sides, fewer pixels in the last panel than in the others, tiles that hang over; and a single row.
for (const size of ['8,12,13,21', '4,8,1,7']) {
  if (!isChosen('wasm')) break;
  test(`every rung of the SIMD ladder gives the reference's numbers: ${size}`, () => {
    const { stdout, stderr, status } = run('run.mjs', '--size', size, '--patches', '40,9', '--runs', '1');
    assert.is(status, 0, stderr);
    const rows = rowsOf(stdout);
    for (const name of [...RUNGS.map((file) => file.slice(0, -3)), 'ours, direct', 'ours, back, winograd']) {
      const error = Number(rows.get(name)?.at(-1));
      assert.ok(error <= 1e-5, `${name}: error ${error}`);
    }
  });
}

test("the SIMD ladder's binary is that of its sources", () => {
  const { stderr, status } = run('build.mjs', '--check');
  assert.is(status, 0, stderr);
});

test('the page of the SIMD ladder has a section for every rung', () => {
  const page = readFileSync(join(FOLDER, 'README.md'), 'utf8');
  assert.ok(RUNGS.length >= 10);
  for (const file of RUNGS) assert.match(page, new RegExp(`^## .*\\[${file}\\]\\(${file}\\)`, 'm'));
});

test('the SIMD ladder says in one line what it does not take', () => {
  for (const words of [['--size', '8,3,4,4'], ['--rung', '99'], ['--runs', '0'], ['--unknown']]) {
    const { stdout, stderr, status } = run('run.mjs', ...words);
    assert.is(status, 1);
    assert.is(stdout, '');
    assert.match(stderr, /^[^\n]+\n$/);
  }
});

test.run();
