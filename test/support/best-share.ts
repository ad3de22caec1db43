import { slice } from '../../src/kernels/arrange/operation.ts';
import { conv } from '../../src/kernels/conv/operation.ts';
import { broadcastTo } from '../../src/kernels/elementwise/operation.ts';
import { CHAIN_BLOCK, multiplyAddChain } from '../../src/kernels/multiply-add-chain/operation.ts';
import { PLAIN } from '../../src/kernels/shared/maps.ts';
import type { Device } from '../../src/tensor/device.ts';
import type { Operation } from '../../src/tensor/operation.ts';
import { ProgramBuilder } from '../../src/tensor/program.ts';
import { sourceOf, type TensorSource } from '../../src/tensor/source.ts';
import { elementCount, type Shape } from '../../src/tensor/tensor.ts';
import { openWasmDevice } from '../../src/tensor/wasm/device.ts';
import { randomNumbers } from './random.ts';

const RUNS = 12;

export interface Yardstick {
  readonly operation: Operation;
  readonly elements: number;
  readonly quantity: 'flops' | 'bytes';
}

export const ARITHMETIC: Yardstick = {
  operation: multiplyAddChain({ steps: 256 }),
  elements: CHAIN_BLOCK * 2 ** 12,
  quantity: 'flops',
};

export interface Kernel {
  readonly operation: Operation;
  readonly input: Shape;
  readonly weights: TensorSource;
}

/** A kernel's best rate over that of a yardstick in the same runs. */
export async function bestShare(open: () => Promise<Device>, kernel: Kernel, yardstick: Yardstick): Promise<number> {
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

/** The rate of a convolution by the direct algorithm over the peak of one thread of wasm; also for pages. */
export function directConvolutionShare(): Promise<number> {
  const window = { kernel: [5, 5], strides: [1, 1], pads: [2, 2, 2, 2], dilations: [1, 1] } as const;
  const operation = conv({ window, groups: 1, maps: PLAIN, bias: false, epilogue: 'none' });
  const kernel = { operation, input: [1, 64, 28, 28], weights: constant('w', [64, 64, 5, 5]) };
  return bestShare(() => openWasmDevice({ threads: 1 }), kernel, ARITHMETIC);
}

export function constant(name: string, shape: Shape): TensorSource {
  return sourceOf(name, shape, Float32Array.from(randomNumbers(elementCount(shape), 7)));
}
