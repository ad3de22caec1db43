import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { SalientError } from '../../src/error.ts';
import { gaussianBlur, massInside, pointingGame } from '../../src/evaluate/localisation.ts';

test('the mass inside is the share of positive relevance on the mask', () => {
  assert.is(massInside([3, 1, -10, 4], [1, 0, 1, 255]), 7 / 8);
  assert.is(massInside([0, 1], [1, 0]), 0);
});

test('a map without positive relevance has no mass inside', () => {
  assert.is(massInside([-1, 0, -2], [1, 1, 1]), 0);
});

test('the pointing game looks at the maximum alone', () => {
  assert.is(pointingGame([5, 4, 4], [1, 0, 0]), true);
  assert.is(pointingGame([5, 6, 4], [1, 0, 1]), false);
  assert.is(pointingGame([-3, -1, -2], [0, 1, 0]), true);
});

test('a tie between inside and outside is a miss, in either order', () => {
  assert.is(pointingGame([1, 1, 1], [1, 0, 0]), false);
  assert.is(pointingGame([1, 1, 1], [0, 0, 1]), false);
});

test('a blurred point is the product of two Gaussians', () => {
  const sigma = 1.5;
  const side = 21;
  const point = new Float32Array(side * side);
  point[10 * side + 10] = 1;
  const blurred = gaussianBlur(point, side, side, sigma);
  const at = (dy: number, dx: number) => blurred[(10 + dy) * side + 10 + dx]!;
  const density = (d: number) => Math.exp(-(d * d) / (2 * sigma * sigma));
  for (const [dy, dx] of [
    [0, 1],
    [2, 0],
    [3, 2],
  ] as const) {
    assert.ok(Math.abs(at(dy, dx) / at(0, 0) - density(dy) * density(dx)) < 1e-6);
    assert.is(at(dy, dx), at(-dy, -dx));
  }
  assert.ok(Math.abs(at(0, 0) - 1 / (2 * Math.PI * sigma * sigma)) < 1e-4);
});

test('a blur keeps the total, at the border too, and on a map that is not square', () => {
  const map = Float32Array.from({ length: 4 * 9 }, (_, i) => (i * 7) % 5);
  const blurred = gaussianBlur(map, 4, 9, 3);
  const total = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0);
  assert.ok(Math.abs(total(blurred) - total(map)) < 1e-4);
});

test('a blur of no width gives the map back', () => {
  assert.equal(gaussianBlur([1, 2, 3, 4, 5, 6], 2, 3, 0), Float32Array.of(1, 2, 3, 4, 5, 6));
});

test('sizes that do not agree and impossible widths are refused', () => {
  const refused = (code: string) => (error: Error) => error instanceof SalientError && error.code === code;
  assert.throws(() => massInside([1], [1, 0]), refused('shape-mismatch'));
  assert.throws(() => pointingGame([1], [1, 0]), refused('shape-mismatch'));
  assert.throws(() => gaussianBlur([1, 2, 3], 2, 2, 1), refused('shape-mismatch'));
  assert.throws(() => gaussianBlur([1, 2, 3, 4], 2, 2, Number.NaN), refused('bad-argument'));
  assert.throws(() => gaussianBlur([1, 2, 3, 4], 2, 2, -1), refused('bad-argument'));
});

test.run();
