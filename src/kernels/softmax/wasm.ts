import { elementCount } from '../../tensor/tensor.ts';
import type { WasmStep } from '../../tensor/wasm/step.ts';

export function planSoftmax(step: WasmStep, axis: number): boolean {
  const [x] = step.inputs as readonly [number[]];
  const extent = x[axis]!;
  const stride = elementCount(x.slice(axis + 1));
  step.task('softmax', elementCount(x) / extent, [step.input(0), step.output(0), extent, stride]);
  return true;
}
