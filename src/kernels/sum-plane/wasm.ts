import type { WasmStep } from '../../tensor/wasm/step.ts';

/** Elements of an item. */
const CHUNK = 16384;

export function planSumPlane(step: WasmStep, absolute: boolean): boolean {
  const [batch, channels, height, width] = step.inputs[0] as readonly [number, number, number, number];
  const chunks = Math.ceil((height * width) / CHUNK);
  step.task('sumPlane', batch * chunks, [
    ...[step.input(0), step.output(0), channels, height * width, CHUNK, chunks, Number(absolute)],
  ]);
  return true;
}
