import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { salient } from '../support/cli.ts';
import { hasWebGpu } from '../support/devices.ts';
import { goldenFolder } from '../support/paths.ts';

const folder = mkdtempSync(join(tmpdir(), 'salient-debug-'));
const explain = (device: string) => {
  const input = ['--tensor', `${goldenFolder}mini-fire.input.npy`, '--model', `${goldenFolder}mini-fire.onnx`];
  return salient(
    'explain',
    ...input,
    '--no-saliency',
    '--save',
    'json',
    '--out',
    folder,
    '--device',
    device,
    '--profile',
  );
};

test('explain --profile prints calls, milliseconds, share and rates of each kernel, the slowest first', async () => {
  const { code, stdout, stderr } = await explain('wasm');
  assert.is(code, 0, stderr);
  const [, head, ...lines] = stdout.slice(stdout.indexOf('\n  kernel')).split('\n');
  assert.match(head!, /^ {2}kernel +calls +ms +share +GFLOP\/s +GB\/s$/);
  const rows = lines
    .map((line) => line.match(/^ {2}(\w+ [\w-]+) +(\d+) +([\d.]+) +[\d.]+ %/))
    .filter((row) => row !== null);
  assert.ok(rows.some(([, name]) => name === 'forward conv'));
  const times = rows.map(([, , , milliseconds]) => Number(milliseconds));
  assert.equal(
    times,
    times.toSorted((a, b) => b - a),
  );
  assert.match(lines.at(-2)!, /^ {2}all +[\d.]+$/);
});

if (await hasWebGpu()) {
  test('SALIENT_DEBUG=1 prints the adapter and each plan', async () => {
    process.env.SALIENT_DEBUG = '1';
    const { code, stderr } = await explain('webgpu');
    delete process.env.SALIENT_DEBUG;
    assert.is(code, 0, stderr);
    const [adapter, plan] = stderr.split('\n');
    assert.match(adapter!, /^webgpu \(.+\)$/);
    assert.match(plan!, /^webgpu plan: \d+ steps, \d+ dispatches, [\d.]+ MiB$/);
  });
}

test.after(() => rmSync(folder, { recursive: true, force: true }));
test.run();
