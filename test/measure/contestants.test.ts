import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type ContestantName, launchOf } from '../../bench/contestants.ts';
import { difference } from '../../bench/difference.ts';
import { Peer } from '../../bench/peer.ts';
import { permuted } from '../../bench/permuted.ts';
import { syntheticInput } from '../../src/onnx/synthetic.ts';
import { modelBytes } from '../../src/onnx/write.ts';
import { readNpy, writeNpy } from '../../src/tensor/npy.ts';
import { elementCount, type Tensor } from '../../src/tensor/tensor.ts';
import { floats, modelDraft, node } from '../support/onnx.ts';
import { repositoryRoot } from '../support/paths.ts';
import { randomNumbers } from '../support/random.ts';

/** Every operator that XNNPACK's peer builds: uneven pads, a depthwise layer, a sum, pools, a plane that is flattened. */
function mixedModel(): Uint8Array {
  const nodes = [
    {
      ...node('Conv', { strides: { ints: [2, 2] }, pads: { ints: [1, 1, 0, 2] } }, ['x', 'w1', 'b1'], ['a']),
      name: 'c1',
    },
    { ...node('Clip', {}, ['a', 'zero', 'six'], ['b']), name: 'k1' },
    { ...node('Conv', { group: { int: 6 }, pads: { ints: [1, 1, 1, 1] } }, ['b', 'w2'], ['c']), name: 'c2' },
    { ...node('Add', {}, ['b', 'c'], ['d']), name: 'sum' },
    { ...node('Relu', {}, ['d'], ['e']), name: 'r1' },
    { ...node('Clip', {}, ['c', 'zero', 'one'], ['f']), name: 'k2' },
    { ...node('Concat', { axis: { int: 1 } }, ['e', 'f'], ['g']), name: 'both' },
    {
      ...node(
        'MaxPool',
        { kernel_shape: { ints: [3, 3] }, strides: { ints: [2, 2] }, ceil_mode: { int: 1 } },
        ['g'],
        ['h'],
      ),
      name: 'm1',
    },
    { ...node('AveragePool', { kernel_shape: { ints: [2, 1] } }, ['h'], ['i']), name: 'p1' },
    { ...node('Flatten', {}, ['i'], ['j']), name: 'flat' },
    { ...node('Gemm', { transB: { int: 1 } }, ['j', 'w3', 'b3'], ['y']), name: 'fc' },
  ];
  // 15×16 → 8×9 → (up) 4×4 → 3×4, 12 channels.
  const shapes = { w1: [6, 3, 2, 2], b1: [6], w2: [6, 1, 3, 3], w3: [5, 144], b3: [5] };
  const weights = Object.entries(shapes).map(([name, shape], seed) =>
    floats(name, shape, [...randomNumbers(elementCount(shape), 40 + seed)]),
  );
  const bounds = [floats('zero', [], [0]), floats('six', [], [6]), floats('one', [], [1])];
  return modelBytes(modelDraft([1, 3, 15, 16], nodes, [...weights, ...bounds]));
}

/** A contestant's logits of one picture of noise. */
async function logitsBy(name: ContestantName, model: Uint8Array, plane: readonly number[]): Promise<Tensor> {
  const folder = await mkdtemp(join(tmpdir(), 'salient-test-'));
  const [file, input, logits] = ['model.onnx', 'input.npy', 'logits.npy'].map((each) => join(folder, each));
  try {
    await using peer = await Peer.start(await launchOf(name, { torchDevice: 'cpu', threads: 1 }));
    const shape = [1, 3, ...plane];
    await writeFile(input!, writeNpy({ shape, data: syntheticInput('contestants', shape) }));
    await writeFile(file!, model);
    await peer.ask({ do: 'open', id: 'main', program: 'forward', batch: 1, model: file!, input: input! });
    const { milliseconds, processor } = await peer.ask({ do: 'run', id: 'main' });
    assert.ok(milliseconds > 0 && processor > 0, `${milliseconds} ms, ${processor} ms of the processor`);
    await peer.ask({ do: 'save', id: 'main', file: logits! });
    return readNpy(await readFile(logits!));
  } finally {
    await rm(folder, { recursive: true });
  }
}

const bundled = (name: string) => readFile(`${repositoryRoot}models/${name}.onnx`);
const PEERS: readonly (readonly [ContestantName, string])[] = [
  ['XNNPACK (tfjs wasm)', 'bench/node_modules/@tensorflow'],
  ['salient wasm, Deno', 'test/node_modules/@deno/linux-x64-glibc/deno'],
];
for (const [name, path] of PEERS) {
  if (!existsSync(`${repositoryRoot}${path}`)) continue;
  test(`${name} gives our logits`, async () => {
    for (const [model, plane] of [
      [await bundled('scenes-vgg'), [128, 128]],
      [mixedModel(), [15, 16]],
    ] as const) {
      const [ours, theirs] = [await logitsBy('salient wasm', model, plane), await logitsBy(name, model, plane)];
      assert.equal(theirs.shape, ours.shape);
      assert.ok(difference(theirs, ours) < 1e-5, `${difference(theirs, ours)}`);
    }
  });
}

if (existsSync(`${repositoryRoot}${PEERS[0]![1]}`)) {
  test('XNNPACK says which operator it has not', async () => {
    try {
      await logitsBy('XNNPACK (tfjs wasm)', await bundled('scenes-alexnet'), [128, 128]);
      assert.unreachable();
    } catch (error) {
      assert.match(String(error), /cannot build LRN "[^"]+": this peer has no such operator/);
    }
  });
}

test('--threads holds for our program too', async () => {
  for (const [threads, said] of [
    [1, /^wasm \(.*, 1 thread\), Node /],
    [2, /^wasm \(.*, 2 threads\), Node /],
  ] as const) {
    await using peer = await Peer.start(await launchOf('salient wasm', { torchDevice: 'cpu', threads }));
    assert.match(peer.description, said);
  }
});

test('a Node 24 that is not there is said to be absent', async () => {
  process.env.SALIENT_NODE24 = '/nowhere/node';
  try {
    await launchOf('salient wasm, Node 24', { torchDevice: 'cpu', threads: 1 });
    assert.unreachable();
  } catch (error) {
    assert.match(String(error), /there is no \/nowhere\/node/);
  } finally {
    delete process.env.SALIENT_NODE24;
  }
});

test('axes change places', () => {
  const data = Float32Array.from({ length: 24 }, (_, i) => i);
  const { shape, data: turned } = permuted({ shape: [2, 3, 4], data }, [2, 0, 1]);
  assert.equal(shape, [4, 2, 3]);
  for (let a = 0; a < 2; a++) {
    for (let b = 0; b < 3; b++) {
      for (let c = 0; c < 4; c++) assert.is(turned[(c * 2 + a) * 3 + b], data[(a * 3 + b) * 4 + c]);
    }
  }
});

test.run();
