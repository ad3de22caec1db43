import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadModel, type ModelInput, openDevice } from '../../src/index.ts';
import { modelBytes } from '../../src/onnx/write.ts';
import { sourceOf } from '../../src/tensor/source.ts';
import { floats, modelDraft, node } from '../support/onnx.ts';
import { MODEL, PLAIN, photo } from '../support/small-network.ts';

const folder = mkdtempSync(join(tmpdir(), 'salient-abort-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const device = await openDevice('reference');

const head = [node('Flatten', {}, ['r'], ['f']), node('Gemm', { transB: { int: 1 } }, ['f', 'w'], ['y'])];
const relu = node('Relu', {}, ['x'], ['r']);
/** 200 MB of weights, whose numbers are looked at. */
const large = modelBytes(
  modelDraft([1, 3, 64, 64], [relu, ...head], [sourceOf('w', [4096, 12_288], new Float32Array(4096 * 12_288))]),
);
/** Ten thousand layers. */
const layers = Array.from({ length: 10_000 }, (_, index) =>
  node('Relu', {}, [index === 0 ? 'x' : `v${index - 1}`], [index === 9999 ? 'r' : `v${index}`]),
).map((each, index) => ({ ...each, name: `layer${index}` }));
const long = modelBytes(modelDraft([1, 3, 8, 8], [...layers, ...head], [floats('w', [4, 192])]));
writeFileSync(join(folder, 'large.onnx'), large);

const cases: Readonly<Record<string, ModelInput>> = {
  'the bytes of many weights': large,
  'a file of many weights': join(folder, 'large.onnx'),
  'the bytes of many layers': long,
};
for (const [name, source] of Object.entries(cases)) {
  test(`an abort is heard while a network is opened: ${name}`, async () => {
    const open = async (signal?: AbortSignal) => {
      const start = performance.now();
      const result = await loadModel(device, source, { signal }).then(
        (model) => {
          model.close();
          return 'opened';
        },
        ({ code }) => code,
      );
      return { result, milliseconds: performance.now() - start };
    };
    await open();
    const whole = await open();
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 1);
    const ended = await open(controller.signal);
    assert.equal([whole.result, ended.result], ['opened', 'aborted']);
    assert.ok(
      ended.milliseconds < 0.8 * whole.milliseconds,
      `aborted after ${ended.milliseconds} of ${whole.milliseconds} ms`,
    );
  });
}

test('what is open does not hear the signal that it was opened with', async () => {
  const controller = new AbortController();
  using model = await loadModel(device, MODEL, { signal: controller.signal });
  controller.abort();
  assert.is((await model.explainBatch([photo, photo], PLAIN)).length, 2);
});

test.run();
