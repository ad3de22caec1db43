import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Model } from '../../src/model/model.ts';
import { syntheticInput, syntheticModel } from '../../src/onnx/synthetic.ts';
import { modelBytes } from '../../src/onnx/write.ts';
import { readNpy } from '../../src/tensor/npy.ts';
import { openWebGpuDevice } from '../../src/tensor/webgpu/device.ts';
import { assertRelative } from '../support/assert.ts';
import { comparedDevices } from '../support/devices.ts';
import { goldenFolder } from '../support/paths.ts';

/** Bounds of docs/saliency.md for a map that comes from a float32 relevance of our own. */
const SR_BOUND = 5e-3;

const WITH_DEFAULT_LIMITS = {
  name: 'webgpu with default limits',
  open: () => openWebGpuDevice({ limits: 'default' }),
};

const bytes = modelBytes(syntheticModel('alexnet'));
const input = { shape: [3, 224, 224], data: syntheticInput('alexnet.input', [1, 3, 224, 224]) };
const relevance = readNpy(readFileSync(`${goldenFolder}alexnet.epsilon-plus.npy`));
const salient = readNpy(readFileSync(`${goldenFolder}alexnet.epsilon-plus.sum.sr.npy`));

for (const device of await comparedDevices()) {
  if (/1 thread/.test(device.name)) continue; // the same kernels; the smaller tests compare them
  // With the limits that every GPU has, the first dense layer is read in slabs.
  const { name, open } = device.name === 'webgpu' ? WITH_DEFAULT_LIMITS : device;
  test(`whole AlexNet on ${name}: epsilon-plus equals zennit's float64 to 1e-4, its SR map numpy's`, async () => {
    using device = await open();
    using model = await Model.open(device, bytes);
    const result = await model.explain(input);
    assert.is(result.target.class?.index, 897);
    assertRelative(result.relevance.data, relevance.data, 1e-4, 'relevance');
    const largest = [...salient.data].reduce(
      (most, value, i) => Math.max(most, Math.abs(value - result.salient!.data[i]!)),
      0,
    );
    assert.ok(largest <= SR_BOUND, `SR differs by ${largest}`);
  });
}

test.run();
