import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { maxPool } from '../../src/kernels/pool/operation.ts';

const pool = (side: number) => {
  const window = { kernel: [2, 2], strides: [2, 2], dilations: [1, 1], pads: [0, 0, 0, 0] } as const;
  return maxPool({ window, output: [side / 2, side / 2] }).shape([[1, 1, side, side]]);
};

test('max pooling refuses planes whose positions float32 cannot tell apart', () => {
  assert.equal(pool(4096), [
    [1, 1, 2048, 2048],
    [1, 1, 2048, 2048],
  ]);
  assert.throws(() => pool(4098), /max pooling of 4098×4098 pixels: winners are kept for at most 16777216/);
});

test.run();
