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
import { readNpy, writeNpy } from '../../src/tensor/npy.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { repositoryRoot } from '../support/paths.ts';

/** A contestant's logits of one picture of noise by a bundled network. */
async function logitsBy(name: ContestantName, network: string): Promise<Tensor> {
  const folder = await mkdtemp(join(tmpdir(), 'salient-test-'));
  await using peer = await Peer.start(await launchOf(name, { torchDevice: 'cpu', threads: 1 }));
  try {
    const shape = [1, 3, 128, 128];
    const [input, file] = [join(folder, 'input.npy'), join(folder, 'logits.npy')];
    await writeFile(input, writeNpy({ shape, data: syntheticInput('contestants', shape) }));
    const model = `${repositoryRoot}models/${network}.onnx`;
    await peer.ask({ do: 'open', id: 'main', program: 'forward', batch: 1, model, input });
    const { milliseconds, processor } = await peer.ask({ do: 'run', id: 'main' });
    assert.ok(milliseconds > 0 && processor > 0, `${milliseconds} ms, ${processor} ms of the processor`);
    await peer.ask({ do: 'save', id: 'main', file });
    return readNpy(await readFile(file));
  } finally {
    await rm(folder, { recursive: true });
  }
}

const PEERS: readonly (readonly [ContestantName, string])[] = [
  ['XNNPACK (tfjs wasm)', 'bench/node_modules/@tensorflow'],
  ['salient wasm, Deno', 'test/node_modules/@deno/linux-x64-glibc/deno'],
];
for (const [name, path] of PEERS) {
  for (const network of ['scenes-alexnet', 'scenes-vgg']) {
    if (!existsSync(`${repositoryRoot}${path}`)) continue;
    test(`${name} gives our logits of ${network}`, async () => {
      const [ours, theirs] = [await logitsBy('salient wasm', network), await logitsBy(name, network)];
      assert.equal(theirs.shape, ours.shape);
      assert.ok(difference(theirs, ours) < 1e-5, `${difference(theirs, ours)}`);
    });
  }
}

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
