import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { modelsFolder } from '../../src/cli/bundled.ts';
import { PRESETS } from '../../src/image/preprocess.ts';
import { modelBytes } from '../../src/onnx/write.ts';
import { sourceOf } from '../../src/tensor/source.ts';
import { elementCount, type Shape } from '../../src/tensor/tensor.ts';
import { salient } from '../support/cli.ts';
import { modelDraft, node } from '../support/onnx.ts';
import { randomNumbers } from '../support/random.ts';

const folder = mkdtempSync(join(tmpdir(), 'salient-try-'));
const photo = join(modelsFolder, 'samples', 'cup-2000010.png');

let drawn = 4000;
const random = (name: string, shape: Shape) => sourceOf(name, shape, randomNumbers(elementCount(shape), drawn++));

/** A network of one convolution for inputs of this shape. */
function network(name: string, [channels, height, width]: readonly [number, number, number]): string {
  const nodes = [
    node('Conv', { kernel_shape: { ints: [3, 3] } }, ['x', 'w', 'b'], ['h']),
    node('GlobalAveragePool', {}, ['h'], ['mean']),
    node('Flatten', {}, ['mean'], ['y']),
  ];
  const file = join(folder, `${name}.onnx`);
  const weights = [random('w', [4, channels, 3, 3]), random('b', [4])];
  writeFileSync(file, modelBytes(modelDraft([1, channels, height, width], nodes, weights)));
  return file;
}

interface Trials {
  readonly trials: readonly { readonly flags: string; readonly classes: readonly { readonly probability: number }[] }[];
}

test('model try shows the answer under every preprocessing, and each can be asked for by its words', async () => {
  const model = join(modelsFolder, 'scenes-alexnet.onnx');
  const { code, stdout, stderr } = await salient('model', 'try', model, photo, '--device', 'wasm', '--json');
  assert.is(code, 0, stderr);
  const { trials } = JSON.parse(stdout) as Trials;
  assert.is(trials.length, 20);
  const probabilities = trials.map(({ classes }) => classes[0]!.probability);
  assert.equal(
    probabilities,
    [...probabilities].sort((a, b) => b - a),
  );
  for (const { flags, classes } of [trials[0]!, trials[13]!]) {
    const words = [...flags.split(' '), '--save', 'json', '--no-saliency', '--device', 'wasm', '--out', folder];
    const explained = await salient('explain', photo, '--model', model, ...words, '--json');
    assert.is(explained.code, 0, explained.stderr);
    assert.equal(JSON.parse(explained.stdout)[0].images[0].classes.slice(0, 3), classes);
  }
});

test('a copy of the file says its preprocessing itself', async () => {
  const model = network('plain', [3, 40, 40]);
  const guess = await salient('explain', photo, '--model', model, '--device', 'wasm', '--out', folder);
  assert.is(guess.code, 0, guess.stderr);
  assert.match(guess.stdout, /preprocessing: imagenet, a guess: `salient model try` shows others/);
  const copy = join(folder, 'copy.onnx');
  const words = ['--device', 'wasm', '--choose', '3', '--write', copy];
  const tried = await salient('model', 'try', model, photo, ...words);
  assert.is(tried.code, 0, tried.stderr);
  const third = /^ {3}3 {2}\d class (\d) ([\d.]+) %/m.exec(tried.stdout)!;
  const explained = await salient('explain', photo, '--model', copy, '--device', 'wasm', '--out', folder);
  assert.match(explained.stdout, /preprocessing: from the model file/);
  assert.ok(explained.stdout.includes(`class ${third[1]} ${third[2]} %`), explained.stdout);
  // Nothing of the file itself is changed.
  const [before, after] = [readFileSync(model), readFileSync(copy)];
  assert.equal(after.subarray(0, before.length), before);
});

test('networks of other sizes and of one channel take photographs as they are', async () => {
  const preprocessingOf = async (file: string, ...words: string[]) => {
    const all = ['--model', file, '--save', 'json', '--no-saliency', '--device', 'wasm', '--out', folder, ...words];
    const { code, stderr } = await salient('explain', photo, ...all);
    assert.is(code, 0, stderr);
    return JSON.parse(readFileSync(join(folder, 'cup-2000010.json'), 'utf8')).preprocessing;
  };
  const square = await preprocessingOf(network('square', [3, 299, 299]));
  assert.equal(square, { ...PRESETS.imagenet, resize: 342, crop: 299 });
  const rectangle = network('rectangle', [3, 40, 64]);
  assert.equal(await preprocessingOf(rectangle), { ...PRESETS.imagenet, resize: [40, 64], crop: null });
  const squashed = await preprocessingOf(rectangle, '--preprocess', 'caffe', '--resize', '70x50', '--crop', '64x40');
  assert.equal(squashed, { ...PRESETS.caffe, resize: [50, 70], crop: [40, 64] });
  const grey = network('grey', [1, 28, 28]);
  const own = await preprocessingOf(grey);
  assert.is(own.order, 'grey');
  assert.equal([own.resize, own.crop], [32, 28]);
  const raw = await preprocessingOf(grey, '--preprocess', 'none', '--resize', '28x28');
  assert.equal(raw, { ...PRESETS.none, order: 'grey', resize: [28, 28] });
  const wrong = await salient('explain', photo, '--model', grey, '--order', 'rgb', '--device', 'wasm', '--out', folder);
  assert.match(wrong.stderr, /takes 1×28×28; a photograph has three channels; choose the order grey/);
});

test('mistakes are refused in one line', async () => {
  const model = network('small', [3, 20, 20]);
  const refused = async (message: RegExp, ...words: string[]) => {
    const { code, stderr } = await salient('model', 'try', ...words, '--device', 'wasm');
    assert.is(code, 1);
    assert.match(stderr, message);
    assert.is(stderr.trimEnd().split('\n').length, 1, stderr);
  };
  await refused(/found 1 words, expected a model and a photograph/, model);
  await refused(/--choose N and --write FILE.onnx belong together/, model, photo, '--choose', '2');
  await refused(/--choose is 99; expected 1 to 20/, model, photo, '--choose', '99', '--write', join(folder, 'x.onnx'));
  await refused(/cannot read "nowhere.png"/, model, 'nowhere.png');
});

test.after(() => rmSync(folder, { recursive: true }));

test.run();
