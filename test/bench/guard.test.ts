import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { activation } from '../../src/kernels/activation.ts';
import { slice } from '../../src/kernels/arrange.ts';
import { conv, convTranspose } from '../../src/kernels/conv.ts';
import { dense, denseTranspose } from '../../src/kernels/dense.ts';
import { broadcastTo } from '../../src/kernels/elementwise.ts';
import { PLAIN } from '../../src/kernels/maps.ts';
import { CHAIN_BLOCK, multiplyAddChain } from '../../src/kernels/multiply-add-chain.ts';
import type { Device } from '../../src/tensor/device.ts';
import type { Operation } from '../../src/tensor/operation.ts';
import { ProgramBuilder } from '../../src/tensor/program.ts';
import { sourceOf, type TensorSource } from '../../src/tensor/source.ts';
import { elementCount, type Shape } from '../../src/tensor/tensor.ts';
import { comparedDevices } from '../support/devices.ts';
import { randomNumbers } from '../support/random.ts';

// A guard against kernels that became slow, whatever machine this is and whoever else works on it: each kernel's rate is
// compared with that of the simplest possible kernel, a moment before in the same run, and the best of many runs counts
// for both.
// Bounds are a third of what was seen, or less.
const BOUNDS = { wasm: { convolution: 0.6, dense: 0.2 }, webgpu: { convolution: 0.02, dense: 0.03 } };

const RUNS = 12;
const WINDOW = { kernel: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1], dilations: [1, 1] } as const;
const IMAGE = [1, 64, 56, 56];

interface Yardstick {
  readonly operation: Operation;
  readonly elements: number;
  readonly quantity: 'flops' | 'bytes';
}

const ARITHMETIC: Yardstick = {
  operation: multiplyAddChain({ steps: 256 }),
  elements: CHAIN_BLOCK * 2 ** 12,
  quantity: 'flops',
};
const COPYING: Yardstick = { operation: activation({ kind: 'relu' }), elements: 2 ** 20, quantity: 'bytes' };

interface Kernel {
  readonly operation: Operation;
  readonly input: Shape;
  readonly weights: TensorSource;
}

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

/** A kernel's best rate over that of a yardstick in the same runs. */
async function bestShare(open: () => Promise<Device>, kernel: Kernel, yardstick: Yardstick): Promise<number> {
  const builder = new ProgramBuilder();
  const seed = builder.input('seed', [1]);
  const long = builder.add(broadcastTo({ shape: [yardstick.elements], factor: 1 }), [seed]);
  const results = {
    yardstick: builder.add(yardstick.operation, [long]),
    kernel: builder.add(kernel.operation, [builder.input('x', kernel.input), builder.constant(kernel.weights)]),
  };
  for (const [name, result] of Object.entries(results)) {
    // Only one number is read back.
    const flat = builder.alias(result, [elementCount(builder.shape(result))]);
    builder.output(name, builder.add(slice({ axis: 0, start: 0, length: 1 }), [flat]));
  }
  using device = await open();
  using executable = await device.prepare(builder.build());
  const given = new Map([
    ['seed', Float32Array.of(1.5)],
    ['x', Float32Array.from(randomNumbers(elementCount(kernel.input), 1))],
  ]);
  const names = [kernel.operation.name, yardstick.operation.name] as const;
  const best = [0, 0];
  for (let run = 0; run < RUNS; run++) {
    const { profile } = await executable.run(given, { profile: true });
    for (const step of profile!) {
      const index = names.indexOf(step.operation);
      if (index >= 0) best[index] = Math.max(best[index]!, step[yardstick.quantity] / step.milliseconds);
    }
  }
  return best[0]! / best[1]!;
}

function constant(name: string, shape: Shape): TensorSource {
  return sourceOf(name, shape, Float32Array.from(randomNumbers(elementCount(shape), 7)));
}

test.run();
