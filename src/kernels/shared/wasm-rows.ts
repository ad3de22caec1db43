import { elementCount } from '../../tensor/tensor.ts';
import type { WasmStep } from '../../tensor/wasm/step.ts';
import type { SeedAttributes } from '../seed/operation.ts';

export function planSoftmax(step: WasmStep, axis: number): boolean {
  const [x] = step.inputs as readonly [number[]];
  const extent = x[axis]!;
  const stride = elementCount(x.slice(axis + 1));
  step.task('softmax', elementCount(x) / extent, [step.input(0), step.output(0), extent, stride]);
  return true;
}

export function planSeed(step: WasmStep, { target, init }: SeedAttributes): boolean {
  const [batch, classes] = step.inputs[0] as readonly [number, number];
  const weights = target === 'given' ? step.input(1) : 0;
  const start = ['logit', 'one', 'contrastive'].indexOf(init);
  step.task('seed', batch, [step.input(0), weights, step.output(0), classes, start]);
  return true;
}
