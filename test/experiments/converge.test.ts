import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { modelsFolder } from '../../src/cli/bundled.ts';
import { cosine } from '../../src/evaluate/complexity.ts';
import { converge } from '../../src/experiments/converge.ts';
import { normalNoise } from '../../src/explain/samples.ts';
import { Model } from '../../src/model/model.ts';
import { modelBytes } from '../../src/onnx/write.ts';
import { openReferenceDevice } from '../../src/tensor/reference.ts';
import { salient } from '../support/cli.ts';
import { floats, modelDraft, node } from '../support/onnx.ts';
import { randomNumbers } from '../support/random.ts';

/** A chain of dense layers whose weights are all positive: every product of the gradient nears rank one. */
function chain(layers: number, sign: (value: number) => number): Uint8Array {
  const names = Array.from({ length: layers }, (_, i) => `fc${i}`);
  const nodes = names.map((name, i) => ({
    ...node('Gemm', { transB: { int: 1 } }, [i === 0 ? 'f' : `v${i}`, `w${i}`], [i === layers - 1 ? 'y' : `v${i + 1}`]),
    name,
  }));
  const weights = names.map((_, i) => floats(`w${i}`, [8, 8], [...randomNumbers(64, 90 + i)].map(sign)));
  return modelBytes(modelDraft([1, 8, 1, 1], [node('Flatten', {}, ['x'], ['f']), ...nodes], weights));
}

const inputs = [{ shape: [8, 1, 1], data: randomNumbers(8, 7) }];
const ways = [{ name: 'gradient', options: { method: 'gradient' } }] as const;

test('a chain of positive matrices forgets its start layer by layer, one of signed ones does not', async () => {
  using device = openReferenceDevice();
  const cosines = async (sign: (value: number) => number) => {
    using model = await Model.open(device, chain(6, sign));
    const layers = await converge(model, inputs, { ways, pairs: 200, seed: 3 });
    assert.equal(
      layers.map(({ layer }) => layer),
      ['fc5', 'fc4', 'fc3', 'fc2', 'fc1', 'fc0'],
    );
    return layers.map((layer) => layer.cosines.gradient!);
  };
  const positive = await cosines(Math.abs);
  assert.ok(positive[0]! < 0.99 && positive[2]! > 0.99 && positive[5]! > 0.99999, `${positive}`);
  const signed = await cosines((value) => value);
  assert.ok(signed[5]! < 0.95, `${signed}`);
  // At the last layer's input the gradient of the start v is Wᵀ·v: the same median, by hand.
  const noise = normalNoise(3);
  const draw = () => Array.from({ length: 8 }, () => noise.next().value);
  const weights = randomNumbers(64, 95);
  const arrived = (v: readonly number[]) =>
    v.map((_, column) => v.reduce((sum, value, row) => sum + weights[8 * row + column]! * value, 0));
  const all = Array.from({ length: 200 }, () => Math.abs(cosine(arrived(draw()), arrived(draw())))).sort(
    (a, b) => a - b,
  );
  const expected = (all[99]! + all[100]!) / 2;
  assert.ok(Math.abs(signed[0]! - expected) < 1e-6, `${signed[0]}, expected ${expected}`);
});

test('the command tells it for the bundled network', async () => {
  const out = mkdtempSync(join(tmpdir(), 'salient-converge-'));
  const words = ['--images', '2', '--pairs', '2', '--composites', 'epsilon-plus', '--methods', 'guided-backprop'];
  const source = join(modelsFolder, 'samples');
  const { code, stdout, stderr } = await salient('converge', source, '--out', out, ...words, '--device', 'wasm');
  assert.is(code, 0, stderr);
  assert.match(stdout, /\| layer \| epsilon-plus \| guided-backprop \|/);
  const { layers } = JSON.parse(readFileSync(join(out, 'converged.json'), 'utf8'));
  assert.is(layers.length, 10);
  assert.ok(layers[9].cosines['guided-backprop'] > 0.9);
  rmSync(out, { recursive: true });
  const wrong = await salient('converge', source, '--out', out, '--methods', 'smoothgrad');
  assert.match(wrong.stderr, /^salient: --methods names "smoothgrad"; choose among gradient, [^\n]*\n$/);
});

test.run();
