import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { LayerDifference } from '../../src/compare/compare-devices.ts';
import type { PoolFlips } from '../../src/compare/pool-flips.ts';
import { salient } from '../support/cli.ts';
import { fixtures, goldenFolder } from '../support/paths.ts';

const diff = (name: string, ...words: string[]) =>
  salient('diff', `${goldenFolder}${name}.onnx`, `${goldenFolder}${name}.input.npy`, ...words);

for (const name of ['mini-vgg-bn', 'mini-residual', 'mini-fire', 'mini-strided']) {
  test(`wasm and reference agree on every layer of ${name}`, async () => {
    const { code, stdout, stderr } = await diff(name, '--devices', 'wasm,reference', '--json', '--size', '32');
    assert.is(code, 0, stderr);
    const { differences, devices, model } = JSON.parse(stdout);
    assert.match(devices.a, /^wasm/);
    assert.match(devices.b, /^reference/);
    assert.match(model.sha256, /^[0-9a-f]{64}$/);
    const passes = new Set(differences.map(({ pass }: LayerDifference) => pass));
    assert.equal([...passes], ['forward', 'relevance', 'saliency']);
    assert.ok(
      differences.some(({ relativeError }: LayerDifference) => relativeError > 0),
      'float32 and float64 cannot be equal everywhere',
    );
  });
}

test('a bound that float32 cannot keep ends with code 1 and names the first layer past it', async () => {
  const { code, stdout } = await diff(
    'mini-vgg-bn',
    '--devices',
    'wasm,reference',
    '--bound',
    '1e-12',
    '--no-saliency',
  );
  assert.is(code, 1);
  const lines = stdout.trim().split('\n');
  assert.match(
    lines.at(-1)!,
    /past the bound 1e-12; the first is the output of \/0\/Conv \+ \/2\/Relu: relative error \d/,
  );
  assert.ok(lines.some((line) => line.startsWith('! ')));
});

test('columns are as wide as the longest layer', async () => {
  const { code, stdout } = await diff('mini-residual', '--devices', 'wasm, reference', '--no-saliency');
  assert.is(code, 0, stdout);
  const rows = stdout.split('\n').filter((line) => / \d×\d+×\d+ /.test(line));
  assert.ok(rows.some((row) => row.includes('GlobalAveragePool_output_0 (from')));
  assert.is(new Set(rows.map((row) => row.search(/\d×\d+×\d+ /))).size, 1, rows.join('\n'));
});

test('a device compared with itself is equal', async () => {
  const { code, stdout } = await diff(
    'mini-fire',
    '--devices',
    'reference,reference',
    '--bound',
    '1e-300',
    '--no-saliency',
  );
  assert.is(code, 0, stdout);
  assert.match(stdout, /\nall \d+ values are equal\n$/);
});

test('what cannot be compared is one clear line', async () => {
  const one = await diff('mini-fire', '--devices', 'wasm');
  assert.is(one.code, 1);
  assert.match(one.stderr, /--devices is "wasm"; expected two/);
  const bound = await salient('diff', 'none.onnx', 'none.png', '--bound=-1');
  assert.match(bound.stderr, /--bound is -1; expected a positive number/);
  const missing = await salient('diff', `${goldenFolder}mini-fire.onnx`);
  assert.match(missing.stderr, /expected MODEL INPUT, found 1/);
});

test('where relevance is past the bound but activations are not, pool winners that flipped are named', async () => {
  if (fixtures === undefined) {
    console.log('fixtures not present');
    return;
  }
  const files = [
    join(fixtures, 'models', 'squeezenet1.1.onnx'),
    join(fixtures, 'golden', 'squeezenet.coffee.input.npy'),
  ];
  const { stdout } = await salient('diff', ...files, '--devices', 'wasm,reference', '--json', '--no-saliency');
  const { first, flips }: { first?: LayerDifference; flips: PoolFlips[] } = JSON.parse(stdout);
  if (first === undefined) return;
  assert.is(first.pass, 'relevance');
  assert.ok(
    flips.some(({ layer }) => first.layers.includes(layer)),
    `no flip explains ${first.value}`,
  );
});

test.run();
