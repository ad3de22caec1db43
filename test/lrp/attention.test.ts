import { readFile } from 'node:fs/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { GraphNode } from '../../src/graph/graph.ts';
import { loadModel, Model } from '../../src/index.ts';
import { composite } from '../../src/lrp/composite.ts';
import { modelBytes, type NodeDraft } from '../../src/onnx/write.ts';
import type { Device } from '../../src/tensor/device.ts';
import { readNpy } from '../../src/tensor/npy.ts';
import { openReferenceDevice } from '../../src/tensor/reference.ts';
import { assertClose, assertRelative } from '../support/assert.ts';
import { comparedDevices } from '../support/devices.ts';
import { floats, modelDraft, node } from '../support/onnx.ts';
import { goldenFolder } from '../support/paths.ts';

const golden = async (name: string) => readNpy(await readFile(`${goldenFolder}${name}.npy`));

/** Compares with AttnLRP written out by hand in PyTorch, float64 (test/golden/attention.py). */
async function assertAttention(device: Device, bound: number): Promise<void> {
  using model = await loadModel(device, `${goldenFolder}mini-vit.onnx`);
  const [input, logits, expected] = await Promise.all(
    ['input', 'logits', 'attn'].map((part) => golden(`mini-vit.${part}`)),
  );
  const results = await model.explainBatch([input!], { composite: 'attn', saliency: false });
  assertRelative(
    results.flatMap((result) => Array.from(result.logits.data)),
    logits!.data,
    bound,
    'logits',
  );
  assertRelative(
    results.flatMap(({ relevance }) => Array.from(relevance.data)),
    expected!.data,
    bound,
    'relevance',
  );
}

test('reference reproduces AttnLRP of a vision transformer of two blocks to 1e-6', async () => {
  using device = openReferenceDevice();
  await assertAttention(device, 1e-6);
});

for (const { name, open } of await comparedDevices()) {
  test(`${name} reproduces AttnLRP of a vision transformer of two blocks to 1e-4`, async () => {
    using device = await open();
    await assertAttention(device, 1e-4);
  });
}

test('GELU and layer normalisation are found in their parts', async () => {
  using device = openReferenceDevice();
  using model = await loadModel(device, `${goldenFolder}mini-vit.onnx`);
  const { nodes } = await model.graph(2);
  const count = (is: (each: GraphNode) => boolean) => nodes.filter(is).length;
  assert.is(
    count(({ op }) => op === 'LayerNorm'),
    5,
  );
  assert.is(
    count((each) => each.op === 'Elementwise' && each.fn.kind === 'gelu'),
    2,
  );
  assert.is(
    count((each) => each.op === 'Elementwise'),
    2,
  );
});

/** a = x and c = (x2, x1) by convolutions, then what the nodes make of them: y [1,2]. Relevance starts at both of y. */
async function relevanceOf(nodes: readonly NodeDraft[], product: 'uniform' | 'signal'): Promise<number[]> {
  using device = openReferenceDevice();
  const convolutions = [node('Conv', {}, ['x', 'w'], ['a']), node('Conv', {}, ['x', 'v'], ['c'])];
  const constants = [floats('w', [2, 2, 1, 1], [1, 0, 0, 1]), floats('v', [2, 2, 1, 1], [0, 1, 1, 0])];
  const all = [...convolutions, ...nodes, node('Flatten', {}, ['p'], ['y'])];
  using model = await Model.open(device, modelBytes(modelDraft([1, 2, 1, 1], all, constants)));
  const { relevance } = await model.explain(
    { shape: [2, 1, 1], data: Float32Array.of(2, 3) },
    { composite: { ...composite('attn', { epsilon: 0 }), product, normEpsilon: 0 }, target: [1, 1], saliency: false },
  );
  return Array.from(relevance.data);
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const GATE = [node('Sigmoid', {}, ['c'], ['g']), node('Mul', {}, ['a', 'g'], ['p'])];

test('a gate and what it gates take half of the relevance each, or the signal takes all', async () => {
  const y = [2 * sigmoid(3), 3 * sigmoid(2)];
  const half = (y[0]! + y[1]!) / 2;
  // Half of y1 goes to x1 through a, half to x2 through the gate; y2 likewise.
  assertClose(await relevanceOf(GATE, 'uniform'), [half, half], 1e-12);
  assertClose(await relevanceOf(GATE, 'signal'), y, 1e-12);
});

test('a quotient gives all its relevance to the dividend', async () => {
  const nodes = [node('Abs', {}, ['c'], ['d']), node('Div', {}, ['a', 'd'], ['p'])];
  assertClose(await relevanceOf(nodes, 'uniform'), [2 / 3, 3 / 2], 1e-12);
});

test.run();
