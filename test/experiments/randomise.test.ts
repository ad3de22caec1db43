import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { modelsFolder } from '../../src/cli/bundled.ts';
import { rankCorrelation } from '../../src/evaluate/similarity.ts';
import { layersOf, randomise, withShuffledWeights } from '../../src/experiments/randomise.ts';
import { sumOverChannels } from '../../src/image/draw/heatmap.ts';
import { Model } from '../../src/model/model.ts';
import { modelBytes } from '../../src/onnx/write.ts';
import { SALIENCY_DEFAULTS } from '../../src/saliency/options.ts';
import { openReferenceDevice } from '../../src/tensor/reference.ts';
import { type TensorSource, toFloat32 } from '../../src/tensor/source.ts';
import { elementCount } from '../../src/tensor/tensor.ts';
import { assertRelative } from '../support/assert.ts';
import { salient } from '../support/cli.ts';
import { floats, modelDraft, node } from '../support/onnx.ts';
import { randomNumbers } from '../support/random.ts';

const weights = [
  floats('w1', [6, 3, 3, 3], [...randomNumbers(162, 61)]),
  floats('w2', [4, 6, 3, 3], [...randomNumbers(216, 62)]),
  floats('w3', [3, 4], [...randomNumbers(12, 63)]),
];

function file(constants: readonly TensorSource[]): Uint8Array {
  const nodes = [
    { ...node('Conv', {}, ['x', 'w1'], ['a']), name: 'conv1' },
    { ...node('Relu', {}, ['a'], ['b']), name: 'relu1' },
    { ...node('Conv', {}, ['b', 'w2'], ['c']), name: 'conv2' },
    { ...node('Relu', {}, ['c'], ['d']), name: 'relu2' },
    node('GlobalAveragePool', {}, ['d'], ['e']),
    node('Flatten', {}, ['e'], ['f']),
    { ...node('Gemm', { transB: { int: 1 } }, ['f', 'w3'], ['y']), name: 'fc' },
  ];
  return modelBytes(modelDraft([1, 3, 16, 16], nodes, constants));
}

const inputs = [71, 72].map((seed) => ({ shape: [3, 16, 16], data: randomNumbers(elementCount([3, 16, 16]), seed) }));
const saliency = { ...SALIENCY_DEFAULTS, size: 16 };

test('weights are shuffled within the chosen layers alone', async () => {
  using device = openReferenceDevice();
  using model = await Model.open(device, file(weights));
  const graph = await model.graph();
  assert.equal(layersOf(graph), ['fc', 'conv2', 'conv1']);
  const random = withShuffledWeights(graph, new Set(['conv2', 'fc']), 1);
  const numbers = (of: typeof graph, name: string) => Array.from(toFloat32(of.constants.get(name)!));
  assert.equal(numbers(random, 'w1'), numbers(graph, 'w1'));
  for (const name of ['w2', 'w3']) {
    assert.not.equal(numbers(random, name), numbers(graph, name));
    assert.equal(numbers(random, name).sort(), numbers(graph, name).sort());
  }
  assert.equal(numbers(withShuffledWeights(graph, new Set(['conv2']), 1), 'w2'), numbers(random, 'w2'));
  assert.not.equal(numbers(withShuffledWeights(graph, new Set(['conv2']), 2), 'w2'), numbers(random, 'w2'));
});

test('what is told is how like the maps of a file with the same shuffled weights are', async () => {
  using device = openReferenceDevice();
  using model = await Model.open(device, file(weights));
  const graph = await model.graph();
  const ways = [
    { name: 'epsilon-plus', options: { composite: 'epsilon-plus' } },
    { name: 'gradient', options: { method: 'gradient' } },
  ] as const;
  for (const kind of ['cascading', 'independent'] as const) {
    const found = await randomise(model, inputs, { ways, saliency, kind, seed: 5 });
    assert.is(found.length, 3);
    const chosen = new Set(kind === 'cascading' ? ['fc', 'conv2'] : ['conv2']);
    const random = withShuffledWeights(graph, chosen, 5);
    using other = await Model.open(device, file(['w1', 'w2', 'w3'].map((name) => random.constants.get(name)!)));
    for (const { name, options } of ways) {
      const likenesses = { relevance: 0, sr: 0 };
      for (const input of inputs) {
        const [own] = await model.predict([input]);
        const target = own!.classes[0]!.index;
        const [a, b] = [
          await model.explain(input, { ...options, target, saliency }),
          await other.explain(input, { ...options, target, saliency }),
        ];
        const sum = (each: typeof a) => sumOverChannels(each.relevance).data;
        likenesses.relevance += rankCorrelation(sum(a), sum(b)) / inputs.length;
        likenesses.sr += rankCorrelation(a.salient!.data, b.salient!.data) / inputs.length;
      }
      const { relevance, sr } = found[1]!.maps[name]!;
      assertRelative([relevance.spearman.mean], [likenesses.relevance], 1e-6);
      assertRelative([sr.spearman.mean], [likenesses.sr], 1e-6);
    }
  }
});

test('the command tells it for the bundled network', async () => {
  const out = mkdtempSync(join(tmpdir(), 'salient-randomise-'));
  const words = ['--images', '2', '--composites', 'epsilon-plus', '--methods', 'guided-backprop', '--size', '64'];
  const source = join(modelsFolder, 'samples');
  const { code, stdout, stderr } = await salient('randomise', source, '--out', out, ...words, '--device', 'wasm');
  assert.is(code, 0, stderr);
  assert.match(stdout, /\| layer \| epsilon-plus \| its SR \| guided-backprop \| its SR \|/);
  const { layers } = JSON.parse(readFileSync(join(out, 'randomised.json'), 'utf8'));
  assert.is(layers.length, 10);
  // Guided backpropagation does not see that the last layer is lost; LRP does.
  assert.ok(layers[0].maps['guided-backprop'].relevance.spearman.mean > 0.9);
  assert.ok(layers[0].maps['epsilon-plus'].relevance.spearman.mean < 0.6);
  rmSync(out, { recursive: true });
  const wrong = await salient('randomise', source, '--out', out, '--methods', 'nonsense');
  assert.match(wrong.stderr, /^salient: --methods names "nonsense"; choose among/);
});

test.run();
