import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import { saliencyProgram } from '../../src/saliency/add-saliency.ts';
import type { SaliencyInput } from '../../src/saliency/options.ts';
import type { Device } from '../../src/tensor/device.ts';
import { readNpy } from '../../src/tensor/npy.ts';
import { openReferenceDevice } from '../../src/tensor/reference.ts';
import type { Floats } from '../../src/tensor/tensor.ts';
import { assertClose } from '../support/assert.ts';
import { comparedDevices } from '../support/devices.ts';
import { goldenFolder } from '../support/paths.ts';

const blobs = readNpy(readFileSync(`${goldenFolder}blobs.map.npy`));

async function salient(device: Device, input: SaliencyInput): Promise<Floats> {
  using program = await device.prepare(saliencyProgram([1, ...blobs.shape], { input, size: 120 }));
  return (await program.run(new Map([['map', blobs.data]]))).outputs.get('salient')!.data;
}

for (const { name, open } of await comparedDevices()) {
  for (const [input, tolerance] of [
    ['sum', 1e-4],
    ['paper', 1e-3],
  ] as const) {
    test(`salient relevance (input ${input}) on ${name} equals reference to ${tolerance}`, async () => {
      using reference = openReferenceDevice();
      using device = await open();
      assertClose(await salient(device, input), await salient(reference, input), tolerance);
    });
  }
}

test.run();
