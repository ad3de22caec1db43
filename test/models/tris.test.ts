import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  BACKGROUNDS,
  renderTris,
  SCENARIOS,
  SIDE,
  TRIS_CLASSES,
  TRIS_SEEDS,
  type Tris,
} from '../../models/tris/tris.ts';
import { loadModel, openDevice } from '../../src/index.ts';
import { repositoryRoot } from '../support/paths.ts';

const seeds = (count: number) => Array.from({ length: count }, (_, i) => TRIS_SEEDS.test + i);
const meanOver = ({ image, mask }: Tris, rows: readonly [number, number]) => {
  const chosen = Array.from(image).filter((_, i) => mask[i] === 1 && i >= rows[0] * SIDE && i < rows[1] * SIDE);
  return chosen.reduce((sum, value) => sum + value, 0) / chosen.length;
};
const UPPER = [0, 32] as const;
const LOWER = [32, 64] as const;

test('a seed gives an image, another one another', () => {
  const [a, again, b] = [7, 7, 8].map((seed) => renderTris('rigid', 'white', seed));
  assert.equal(a, again);
  assert.not.equal(a!.image, b!.image);
  assert.is(a!.image.reduce((sum, value) => sum + value, 0).toFixed(3), CHECKSUM);
});

/** Of the image of `rigid`, `white`, seed 7. */
const CHECKSUM = '882.487';

for (const background of BACKGROUNDS) {
  test(`a ${background} background has mean 0 and variance 1 off the tetrominoes`, () => {
    let [count, sum, squares] = [0, 0, 0];
    for (const seed of seeds(200)) {
      const { image, mask } = renderTris('linear', background, seed);
      for (let i = 0; i < mask.length; i += 5) {
        if (mask[i] === 1) continue;
        count++;
        sum += image[i]!;
        squares += image[i]! ** 2;
      }
    }
    assert.ok(Math.abs(sum / count) < 0.2, `mean ${sum / count}`);
    assert.ok(Math.abs(squares / count - 1) < 0.2, `variance ${squares / count}`);
  });
}

test('linear: T above is class 0, L below class 1, both places belong to the mask', () => {
  const found = { T: [0, 0], L: [0, 0] };
  for (const seed of seeds(200)) {
    const tris = renderTris('linear', 'white', seed);
    const name = TRIS_CLASSES.linear[tris.label] as 'T' | 'L';
    found[name][0]! += meanOver(tris, UPPER);
    found[name][1]! += meanOver(tris, LOWER);
    // Four squares of 8×8 pixels each, and an edge of about one pixel that the smoothing adds.
    const size = tris.mask.reduce((sum, value) => sum + value, 0);
    assert.ok(size > 512 && size < 900, `${size} pixels`);
  }
  assert.ok(found.T[0]! > 5 && found.T[0]! > 3 * Math.abs(found.T[1]!), `T: ${found.T}`);
  assert.ok(found.L[1]! > 5 && found.L[1]! > 3 * Math.abs(found.L[0]!), `L: ${found.L}`);
});

test('xor: neither tetromino tells the class, their signs together do', () => {
  let [right, positive] = [0, 0];
  for (const seed of seeds(200)) {
    const tris = renderTris('xor', 'white', seed);
    const [t, l] = [meanOver(tris, UPPER), meanOver(tris, LOWER)];
    if (t > 0) positive++;
    if (t * l > 0 === (tris.label === 0)) right++;
  }
  assert.ok(right > 190, `${right} of 200`);
  assert.ok(positive > 75 && positive < 125, `${positive} of 200`);
});

test('multiplicative: the background is dimmed where the tetromino is', () => {
  let [on, off] = [0, 0];
  for (const seed of seeds(100)) {
    const tris = renderTris('multiplicative', 'white', seed);
    tris.image.forEach((value, i) => {
      if (tris.mask[i] === 0) return;
      const shown = i < 32 * SIDE === (tris.label === 0);
      if (shown) on += value ** 2;
      else off += value ** 2;
    });
  }
  assert.ok(on < 0.5 * off, `${on} on, ${off} off`);
});

test('rigid: one tetromino of 64 pixels in any place and turn', () => {
  const places = new Set<number>();
  for (const seed of seeds(60)) {
    const { mask } = renderTris('rigid', 'white', seed);
    const size = mask.reduce((sum, value) => sum + value, 0);
    assert.ok(size > 64 && size < 180, `${size} pixels`);
    places.add(mask.indexOf(1));
  }
  assert.ok(places.size > 50);
});

for (const scenario of SCENARIOS) {
  for (const background of BACKGROUNDS) {
    test(`the network of ${scenario}, ${background} is right on at least four fifths`, async () => {
      using device = await openDevice();
      const bytes = readFileSync(join(repositoryRoot, 'models', 'tris', `${scenario}-${background}.onnx`));
      using model = await loadModel(device, bytes);
      const rendered = seeds(100).map((seed) => renderTris(scenario, background, seed));
      const inputs = rendered.map(({ image }) => ({ shape: [1, SIDE, SIDE], data: image }));
      const answers = await model.predict(inputs, { top: 1, batch: 25 });
      const right = answers.filter(({ classes }, i) => classes[0]!.index === rendered[i]!.label).length;
      assert.ok(right >= 80, `${right} of 100`);
    });
  }
}

test.run();
