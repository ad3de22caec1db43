import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { difference } from '../../bench/difference.ts';

test('results differ by the largest gap over the largest value, in the median image', () => {
  const data = Float32Array.of(1, 2, -4, 1, 10, 0);
  assert.is(difference({ data: Float32Array.of(1, 3, -4, 1, 10, 0) }, { shape: [1, 6], data }), 0.1);
  assert.is(difference({ data: Float32Array.of(1, 3, -4, 2, 10, 0) }, { shape: [3, 2], data }), 0.25);
  assert.throws(() => difference({ data: new Float32Array(5) }, { shape: [6], data }), /6 numbers, ours 5/);
});

test.run();
