import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { activation } from '../../src/kernels/activation/operation.ts';
import { conv, convTranspose } from '../../src/kernels/conv/operation.ts';
import { dense, denseTranspose } from '../../src/kernels/dense/operation.ts';
import { PLAIN } from '../../src/kernels/shared/maps.ts';
import { ARITHMETIC, bestShare, constant, type Yardstick } from '../support/best-share.ts';
import { comparedDevices } from '../support/devices.ts';

// A guard against kernels that became slow, whatever machine this is and whoever else works on it: each kernel's rate is
// compared with that of the simplest possible kernel, a moment before in the same run, and the best of many runs counts
// for both.
// Bounds are a third of what was seen, or less.
const BOUNDS = { wasm: { convolution: 0.6, dense: 0.2 }, webgpu: { convolution: 0.02, dense: 0.03 } };

const WINDOW = { kernel: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1], dilations: [1, 1] } as const;
const IMAGE = [1, 64, 56, 56];

const COPYING: Yardstick = { operation: activation({ kind: 'relu' }), elements: 2 ** 20, quantity: 'bytes' };

// Threads are left out: how well two of them run together is the machine's mood.
const devices = (await comparedDevices()).filter(({ name }) => name !== 'wasm (2 threads)');

for (const { name, open } of devices) {
  const bounds = name === 'webgpu' ? BOUNDS.webgpu : BOUNDS.wasm;

  test(`${name}: convolutions reach a share of the rate of multiply-adds in registers`, async () => {
    const weights = constant('w', [64, 64, 3, 3]);
    const shared = { window: WINDOW, groups: 1, maps: PLAIN } as const;
    const forward = conv({ ...shared, bias: false, epilogue: 'none' });
    const backward = convTranspose({ ...shared, spatial: [56, 56], product: false });
    for (const operation of [forward, backward]) {
      const share = await bestShare(open, { operation, input: IMAGE, weights }, ARITHMETIC);
      assert.ok(share > bounds.convolution, `${operation.name} reaches ${share.toFixed(3)} of the peak`);
    }
  });

  test(`${name}: dense layers read their weights at a share of the rate of copying`, async () => {
    const weights = constant('w', [1024, 4096]);
    const shared = { layout: 'oi', maps: PLAIN } as const;
    const forward = { operation: dense({ ...shared, bias: false, epilogue: 'none' }), input: [1, 4096], weights };
    const backward = { operation: denseTranspose({ ...shared, product: false }), input: [1, 1024], weights };
    for (const kernel of [forward, backward]) {
      const share = await bestShare(open, kernel, COPYING);
      assert.ok(share > bounds.dense, `${kernel.operation.name} reaches ${share.toFixed(3)} of the rate of copying`);
    }
  });
}

test.run();
