import { existsSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { saliencyProgram } from '../../src/saliency/add-saliency.ts';
import type { SaliencyInput } from '../../src/saliency/options.ts';
import { readNpy } from '../../src/tensor/npy.ts';
import { openReferenceDevice } from '../../src/tensor/reference.ts';
import { assertClose } from '../support/assert.ts';
import { fixtures, goldenFolder } from '../support/paths.ts';

// The maps were made by an independent float64 program in Python and stored as float32.
const TOLERANCE = 1e-6;

async function checkGolden(folder: string, map: string, input: SaliencyInput, expected: string): Promise<void> {
  const relevance = readNpy(readFileSync(`${folder}/${map}.npy`));
  const golden = readNpy(readFileSync(`${folder}/${expected}.npy`));
  using device = openReferenceDevice();
  const program = await device.prepare(saliencyProgram([1, ...relevance.shape], { input }));
  const { outputs } = await program.run(new Map([['map', relevance.data]]));
  const salient = outputs.get('salient')!;
  assert.equal(salient.shape, [1, ...golden.shape]);
  assertClose(salient.data, golden.data, TOLERANCE);
}

test('the sum plane of two blobs gives the golden map', () =>
  checkGolden(goldenFolder, 'blobs.map', 'sum', 'blobs.sum.sr'));

test('the colour planes of two blobs, as the paper has them, give the golden map', () =>
  checkGolden(goldenFolder, 'blobs.map', 'paper', 'blobs.paper.sr'));

test('relevance of AlexNet gives the golden map', async () => {
  const folder = `${fixtures}/golden`;
  if (fixtures === undefined || !existsSync(folder)) {
    console.log('fixtures not present');
    return;
  }
  await checkGolden(folder, 'alexnet.epsilon-plus', 'sum', 'alexnet.epsilon-plus.sum.sr');
});

test.run();
