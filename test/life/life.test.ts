import { spawn } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { repositoryRoot } from '../support/paths.ts';

interface Life {
  /** Bytes after half of the explanations, of the openings, and after all of them. */
  readonly explained: readonly [number, number];
  readonly opened: readonly [number, number];
  readonly different: number;
  readonly togetherSame: boolean;
  readonly aborted: Readonly<Record<string, number>>;
  readonly afterSame: boolean;
  readonly closing: readonly string[];
  readonly late: string;
}

/** Runs life.ts to its end, which comes by itself only when no thread is left. */
function lived(device: string, explanations: number, openings: number, aborts: number): Promise<Life> {
  const script = `${repositoryRoot}dist/test/life/life.js`;
  const words = ['--expose-gc', script, device, ...[explanations, openings, aborts].map(String)];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'], timeout: 240_000 });
    let text = '';
    child.stdout.on('data', (data) => {
      text += data;
    });
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve(JSON.parse(text)) : reject(new Error(`it ended with ${code}`))));
  });
}

/** Growth, as a part of what was there. */
const growth = ([early, late]: readonly [number, number]) => (late - early) / early;

for (const [device, explanations, openings, aborts, most] of [
  ['wasm', 1000, 100, 100, 0.02],
  ['reference', 100, 100, 20, 0.02],
] as const) {
  test(`${device}: ${explanations} explanations and ${openings} openings take no more and more memory, and leave no thread`, async () => {
    const life = await lived(device, explanations, openings, aborts);
    console.log(
      `${device}: memory grew by ${(100 * growth(life.explained)).toFixed(2)} % and ${(100 * growth(life.opened)).toFixed(2)} %`,
    );
    assert.ok(growth(life.explained) <= most, `by explanations: ${life.explained}`);
    assert.ok(growth(life.opened) <= most, `by openings: ${life.opened}`);
    assert.is(life.different, 0);
    assert.ok(life.togetherSame && life.afterSame);
    // One end each: the result, or the abort.
    assert.is((life.aborted.done ?? 0) + (life.aborted.aborted ?? 0), aborts);
    assert.ok((life.aborted.aborted ?? 0) > 0);
    assert.ok(
      life.closing.every((code) => code === 'closed' || code === 'done'),
      life.closing.join(),
    );
    assert.is(life.closing[2], 'closed');
    assert.is(life.closing[5], 'closed');
    assert.is(life.late, 'closed');
  });
}

test.run();
