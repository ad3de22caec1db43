import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { SalientError } from '../../src/error.ts';
import { globMatches } from '../../src/lrp/glob.ts';
import { Model } from '../../src/model/model.ts';
import { modelBytes } from '../../src/onnx/write.ts';
import { openReferenceDevice } from '../../src/tensor/reference.ts';
import { assertRefused, floats, integers, modelDraft, node } from '../support/onnx.ts';

type Draft = Parameters<typeof modelDraft>;
const opened = (...draft: Draft) => Model.open(openReferenceDevice(), modelBytes(modelDraft(...draft)));
const dense = node('MatMul', {}, ['x', 'w']);
const weights = (...numbers: number[]) => [floats('w', [2, 2], numbers)];

test('an output that is the input, an initializer or a constant is no classification', async () => {
  const outputs = (name: string) => ({ outputs: [{ name, shape: [] }] });
  await assertRefused(opened([1, 2], [dense], weights(1, 2, 3, 4), outputs('x')), 'unsupported', /"x" is the input/);
  await assertRefused(opened([1, 2], [dense], weights(1, 2, 3, 4), outputs('w')), 'unsupported', /"w" is constant/);
});

test('more classes than can be are refused before anything is made of them', async () => {
  const pad = (size: number) => opened([1, 8], [node('Pad', {}, ['x', 'p'])], [integers('p', [0, 0, 0, size])]);
  for (const size of [2 ** 26, 2 ** 40])
    await assertRefused(pad(size), 'unsupported', /no list of up to 2097152 classes/);
});

test('150,000 classes are ranked', async () => {
  const model = await opened([1, 2, 1, 1], [node('Conv', {}, ['x', 'w'])], [floats('w', [150_000, 2, 1, 1])]);
  const { classes } = await model.explain({ shape: [2, 1, 1], data: Float32Array.of(1, 1) }, { saliency: false });
  assert.is(classes[0]!.index, 149_999);
});

test('weights that are not finite are named, placed and counted', async () => {
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const message = /weights "w" hold NaN or an infinity 2 times among 4 numbers, first at index 1/;
    await assertRefused(opened([1, 2], [dense], weights(1, bad, 3, bad)), 'bad-tensor', message);
  }
});

test('an overflow on the way is an error, without the SR map too', async () => {
  const plain = await opened(
    [1, 2, 1, 1],
    [node('Conv', {}, ['x', 'w'])],
    [floats('w', [2, 2, 1, 1], [3e38, 3e38, 1, 1])],
  );
  const large = { shape: [2, 1, 1], data: Float64Array.of(1e300, 1e300) };
  await assertRefused(plain.explain(large, { saliency: false }), 'bad-tensor', /not finite|holds Infinity|only finite/);
});

test('messages are one line of 500 characters, in which nothing steers a terminal', () => {
  const { message } = new SalientError('bad-file', `\u001b[2J\r\n\u202e${'long '.repeat(1000)}`);
  assert.ok(message.length <= 500);
  assert.ok(message.startsWith('\\u001b[2J\\u000d\\u000a\\u202elong'), message);
});

test('a pattern of many stars takes no time', () => {
  const started = performance.now();
  assert.not.ok(globMatches(`${'*a'.repeat(5000)}*b`, 'a'.repeat(10_000)));
  assert.ok(performance.now() - started < 1000);
  for (const [glob, name, fits] of [
    ['conv*', 'conv1', true],
    ['*', '', true],
    ['a*b*c', 'a.b.b.c', true],
    ['a*b', 'abc', false],
    ['', 'a', false],
    ['a.c', 'abc', false],
  ] as const) {
    assert.is(globMatches(glob, name), fits, `${glob} ${name}`);
  }
});

test.run();
