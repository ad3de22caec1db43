import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { modelsFolder } from '../../src/cli/bundled.ts';
import { decodeImage } from '../../src/image/codec/decode.ts';
import { readNpy } from '../../src/tensor/npy.ts';
import { repositoryRoot } from '../support/paths.ts';
import { randomNumbers } from '../support/random.ts';

const photos = ['cup-2000010', 'car-2000031', 'snail-2000006', 'tree-2000016'].map((name) =>
  join(modelsFolder, 'samples', `${name}.png`),
);

const isResult = (name: string) => /\.(png|npy|json)$/.test(name);

/**
 * Runs `salient explain`, and sends it a signal so many milliseconds after its first result; or lets it end. Returns the
 * signal or code that it ended with.
 */
function explain(out: string, after?: number, signal: NodeJS.Signals = 'SIGKILL'): Promise<number | string | null> {
  const main = join(repositoryRoot, 'dist', 'src', 'cli', 'main.js');
  const saves = 'heatmap,overlay,sr,montage,relevance.npy,sr.npy,json';
  const words = [main, 'explain', ...photos, '--device', 'wasm', '--save', saves, '--out', out];
  const child = spawn(process.execPath, words, { stdio: 'ignore' });
  const watch = setInterval(() => {
    if (after === undefined || !readdirSync(out).some(isResult)) return;
    clearInterval(watch);
    setTimeout(() => child.kill(signal), after);
  }, 5);
  return new Promise((resolve) =>
    child.on('close', (code, by) => {
      clearInterval(watch);
      resolve(by ?? code);
    }),
  );
}

/** Fails unless a result is whole. */
async function assertWhole(path: string): Promise<void> {
  const bytes = readFileSync(path);
  if (path.endsWith('.png')) assert.ok((await decodeImage(bytes)).width > 0);
  else if (path.endsWith('.npy')) assert.ok(readNpy(bytes).data.length > 0);
  else assert.is(JSON.parse(bytes.toString('utf8')).images.length, 1);
}

test('killed at any moment, it leaves no result half-written; the next run makes all of them', async () => {
  let kills = 0;
  for (const moment of randomNumbers(10, 11)) {
    const out = mkdtempSync(join(tmpdir(), 'salient-killed-'));
    if ((await explain(out, 150 * (moment + 1))) === 'SIGKILL') kills++;
    const results = readdirSync(out).filter(isResult);
    assert.ok(results.length > 0);
    for (const name of results) await assertWhole(join(out, name));
    if (kills === 1) {
      assert.is(await explain(out), 0);
      assert.is(readdirSync(out).filter(isResult).length, 28);
    }
    rmSync(out, { recursive: true });
  }
  assert.ok(kills > 0, 'every kill came too late');
});

test('Ctrl-C ends it with 130 and leaves nothing but whole results', async () => {
  const out = mkdtempSync(join(tmpdir(), 'salient-interrupted-'));
  assert.is(await explain(out, 5, 'SIGINT'), 130);
  for (const name of readdirSync(out)) {
    assert.ok(isResult(name), name);
    await assertWhole(join(out, name));
  }
  rmSync(out, { recursive: true });
});

test.run();
