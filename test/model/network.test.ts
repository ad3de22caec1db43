import { readFile } from 'node:fs/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Network } from '../../src/model/network.ts';
import { goldenFolder } from '../support/paths.ts';

// Batch normalisations are merged, weights transposed, shapes folded: constants that no file holds.
for (const name of ['mini-vgg-bn', 'mini-residual', 'mini-strided', 'mini-fire']) {
  test(`a larger batch of ${name} holds the constants of the first, none made again`, async () => {
    const network = await Network.open(await readFile(`${goldenFolder}${name}.onnx`), {});
    const { constants } = await network.graph(3);
    assert.is(constants.size > 3, true);
    for (const [value, source] of constants) assert.is(source, network.first.constants.get(value), value);
  });
}

test.run();
