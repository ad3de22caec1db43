import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { renderScene, SCENE_CLASSES, SCENE_SEEDS, type Scene } from '../../models/scenes/scene.ts';
import { repositoryRoot } from '../support/paths.ts';

const CLASSES = SCENE_CLASSES.length;
const SIDE = 128;

/** One scene of every class, each in the surroundings of one seed. */
const oneOfEach = SCENE_CLASSES.map((_, label) => renderScene(SCENE_SEEDS.validation + 11, { label }));

const area = (scene: Scene) => scene.mask.reduce((sum, inside) => sum + inside, 0) / scene.mask.length;

test('a seed gives the same bits as ever', () => {
  const hash = createHash('sha256');
  for (const seed of [0, 1, 2, SCENE_SEEDS.validation, SCENE_SEEDS.test, SCENE_SEEDS.test + 1]) {
    const scene = renderScene(seed);
    hash.update(Uint8Array.of(scene.label)).update(scene.image.data).update(scene.mask);
  }
  for (const scene of oneOfEach) hash.update(scene.image.data).update(scene.mask);
  assert.is(hash.digest('hex'), '736e57bf6342ea73703d1f0ccc71566adf8d90c29b0d3af185a6644d43b3ce49');
});

test('rendering twice gives equal scenes, and another seed another one', () => {
  assert.equal(renderScene(5), renderScene(5));
  assert.not.equal(renderScene(5).image.data, renderScene(6).image.data);
});

test('the labels are about equally frequent', () => {
  const counts = new Array<number>(CLASSES).fill(0);
  for (let seed = 0; seed < 400; seed++) counts[renderScene(seed, { size: 16 }).label]!++;
  // Chi-squared with 9 degrees of freedom passes 27.9 once in 1000.
  const expected = 400 / CLASSES;
  const chiSquared = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  assert.ok(chiSquared < 27.9, `counts ${counts}`);
});

test('the three sets have a million seeds each', () => {
  assert.equal(SCENE_SEEDS, { train: 0, validation: 1e6, test: 2e6 });
});

test('the object covers between a fiftieth and three fifths of the picture', () => {
  for (let seed = 100; seed < 160; seed++) {
    const share = area(renderScene(seed));
    assert.ok(share > 0.02 && share < 0.6, `seed ${seed}: ${share}`);
  }
});

test('the mask is all that differs between two classes in one scene, but for the shadow close by', () => {
  const [first, ...others] = oneOfEach as [Scene, ...Scene[]];
  for (const other of others) {
    let changedInside = 0;
    let inside = 0;
    for (let y = 0; y < SIDE; y++) {
      for (let x = 0; x < SIDE; x++) {
        const at = y * SIDE + x;
        const differs = [0, 1, 2].some((i) => first.image.data[at * 3 + i] !== other.image.data[at * 3 + i]);
        if (first.mask[at] !== other.mask[at]) {
          inside++;
          if (differs) changedInside++;
        } else if (differs) {
          assert.ok(
            nearMask(first, x, y) || nearMask(other, x, y),
            `${SCENE_CLASSES[other.label]} changed (${x}, ${y})`,
          );
        }
      }
    }
    assert.ok(changedInside > 0.97 * inside, `${changedInside} of ${inside} pixels show the object`);
  }
});

/** Whether the object is at most 12 pixels away along both axes: its shadow reaches no further. */
function nearMask(scene: Scene, x: number, y: number): boolean {
  for (let v = Math.max(0, y - 12); v <= Math.min(SIDE - 1, y + 12); v++) {
    for (let u = Math.max(0, x - 12); u <= Math.min(SIDE - 1, x + 12); u++) {
      if (scene.mask[v * SIDE + u] === 1) return true;
    }
  }
  return false;
}

test('every class has its own shape', () => {
  for (let a = 0; a < CLASSES; a++) {
    for (let b = a + 1; b < CLASSES; b++) {
      let both = 0;
      let either = 0;
      oneOfEach[a]!.mask.forEach((inside, i) => {
        both += inside & oneOfEach[b]!.mask[i]!;
        either += inside | oneOfEach[b]!.mask[i]!;
      });
      assert.ok(both / either < 0.85, `${SCENE_CLASSES[a]} and ${SCENE_CLASSES[b]} overlap by ${both / either}`);
    }
  }
});

test('the mean colour of the object does not give its class away', () => {
  const scenes = Array.from({ length: 600 }, (_, seed) => renderScene(seed, { size: 32 }));
  const colors = scenes.map(meanColor);
  const half = scenes.length / 2;
  const means = SCENE_CLASSES.map((_, label) =>
    average(colors.filter((_, i) => i < half && scenes[i]!.label === label)),
  );
  let right = 0;
  for (let i = half; i < scenes.length; i++) {
    const distances = means.map((mean) => mean.reduce((sum, value, c) => sum + (value - colors[i]![c]!) ** 2, 0));
    if (distances.indexOf(Math.min(...distances)) === scenes[i]!.label) right++;
  }
  // Guessing gives a tenth.
  assert.ok(right / half < 0.2, `${right} of ${half} guessed from colour`);
});

function meanColor(scene: Scene): number[] {
  const inside: number[][] = [];
  scene.mask.forEach((value, at) => {
    if (value === 1) inside.push([...scene.image.data.subarray(at * 3, at * 3 + 3)]);
  });
  return average(inside);
}

function average(rows: readonly (readonly number[])[]): number[] {
  return [0, 1, 2].map((i) => rows.reduce((sum, row) => sum + row[i]!, 0) / rows.length);
}

test('a larger picture shows the same scene', () => {
  const small = renderScene(42);
  const large = renderScene(42, { size: 256 });
  assert.is(large.label, small.label);
  assert.is(large.image.data.length, 256 * 256 * 3);
  assert.ok(Math.abs(area(large) - area(small)) < 0.01);
});

test('the bundled samples are the first test scene of each class, pixel for pixel', () => {
  const folder = join(repositoryRoot, 'models', 'samples');
  const missing = new Set(SCENE_CLASSES.keys());
  const expected: string[] = [];
  for (let seed: number = SCENE_SEEDS.test; missing.size > 0; seed++) {
    const scene = renderScene(seed);
    if (!missing.delete(scene.label)) continue;
    const stem = `${SCENE_CLASSES[scene.label]}-${seed}`;
    expected.push(`${stem}.png`, `${stem}.mask.png`);
    const image = PNG.sync.read(readFileSync(join(folder, `${stem}.png`))).data;
    assert.equal(
      image.filter((_, i) => i % 4 !== 3),
      Buffer.from(scene.image.data),
    );
    const mask = PNG.sync.read(readFileSync(join(folder, `${stem}.mask.png`))).data;
    assert.equal(
      mask.filter((_, i) => i % 4 === 0),
      Buffer.from(scene.mask.map((inside) => inside * 255)),
    );
  }
  assert.equal(readdirSync(folder).sort(), expected.sort());
});

test.run();
