import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import { writeFileAtomically } from '../../src/cli/output/files.ts';
import { loadModel } from '../../src/model/load-model.ts';
import { syntheticInput, syntheticModel } from '../../src/onnx/synthetic.ts';
import { encodeModel } from '../../src/onnx/write.ts';
import { readNpy } from '../../src/tensor/npy.ts';
import { openWasmDevice } from '../../src/tensor/wasm/device.ts';
import { assertRelative } from '../support/assert.ts';
import { fixtures } from '../support/paths.ts';

const COMPOSITES = [
  'epsilon-plus',
  'epsilon-plus-flat',
  'epsilon-gamma-box',
  'epsilon-alpha2-beta1',
  'salient-relevance',
] as const;

/** The bounds are 1e-4 (AlexNet) and 3e-4 (VGG-16); what signs and winners depend on is computed well enough for less. */
for (const network of ['alexnet', 'vgg16'] as const) {
  test(`wasm reproduces zennit's float64 relevance of ${network} to 2e-5`, async () => {
    if (fixtures === undefined) return console.log('fixtures not present');
    const file = join(tmpdir(), `salient-${process.pid}-${network}.onnx`);
    await writeFileAtomically(file, encodeModel(syntheticModel(network)));
    try {
      using device = await openWasmDevice();
      using model = await loadModel(device, file);
      const input = { shape: [1, 3, 224, 224], data: syntheticInput(`${network}.input`, [1, 3, 224, 224]) };
      const golden = async (name: string) => readNpy(await readFile(`${fixtures}/golden/${network}.${name}.npy`)).data;
      for (const composite of COMPOSITES) {
        const parameters = { low: [-2.2], high: [2.7] };
        const [result] = await model.explainBatch([input], { composite, parameters, saliency: false });
        assertRelative(result!.logits.data, await golden('logits'), 2e-5, `${network} logits`);
        assertRelative(result!.relevance.data, await golden(composite), 2e-5, `${network} ${composite}`);
      }
    } finally {
      await rm(file, { force: true });
    }
  });
}

test.run();
