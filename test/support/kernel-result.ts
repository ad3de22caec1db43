import type { KernelResult } from '../../src/measure/benchmark.ts';

/** One timed step: 50 GFLOP/s. */
export const KERNEL: KernelResult = {
  model: 'alexnet',
  batch: 1,
  program: 'epsilon-plus',
  layer: 'conv1 <first>',
  phase: 'forward',
  operation: 'conv',
  clock: 'gpu',
  milliseconds: 2,
  flops: 1e8,
  bytes: 1e6,
};
