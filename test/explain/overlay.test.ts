import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeImage } from '../../src/image/codec/decode.ts';
import { DIVERGING, SEQUENTIAL } from '../../src/image/draw/colormap.ts';
import { overlay } from '../../src/image/draw/heatmap.ts';
import { loadModel } from '../../src/model/load-model.ts';
import { openWasmDevice } from '../../src/tensor/wasm/device.ts';
import { repositoryRoot } from '../support/paths.ts';

const photo = await decodeImage(readFileSync(`${repositoryRoot}models/samples/fish-2000005.png`));

test('the overlay that a device draws is the one that the host draws, up to half a step of the colours', async () => {
  using device = await openWasmDevice();
  using model = await loadModel(device, `${repositoryRoot}models/scenes-vgg.onnx`);
  const drawn = await model.explain(photo, { overlay: 'relevance', saliency: { size: 64 } });
  const salient = await model.explain(photo, { overlay: 'salient', saliency: { size: 64 } });
  for (const [own, expected] of [
    [drawn.overlay!, overlay(drawn.shown!, drawn.relevance, DIVERGING)],
    [salient.overlay!, overlay(salient.shown!, salient.salient!, SEQUENTIAL)],
  ] as const) {
    assert.is(own.width, expected.width);
    let largest = 0;
    for (let i = 0; i < expected.data.length; i++) {
      largest = Math.max(largest, Math.abs(own.data[i]! - expected.data[i]!));
    }
    assert.ok(largest <= 3, `components differ by ${largest}`);
    assert.ok(
      own.data.some((component, i) => Math.abs(component - drawn.shown!.data[i]!) > 60),
      'nothing is drawn',
    );
  }
});

test('an overlay on a tensor is refused: there is no photograph', async () => {
  using device = await openWasmDevice();
  using model = await loadModel(device, `${repositoryRoot}models/scenes-vgg.onnx`);
  const tensor = { shape: [3, 128, 128], data: new Float32Array(3 * 128 * 128) };
  const error = await model.explain(tensor, { overlay: 'relevance', saliency: false }).catch((reason: Error) => reason);
  assert.match((error as Error).message, /photograph/);
});

test.run();
