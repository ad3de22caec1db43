import { float, inChunks, type WasmStep } from '../../tensor/wasm/step.ts';

export function planFocusColumns(step: WasmStep, threshold: number): boolean {
  const [batch, height, width] = step.inputs[0] as readonly [number, number, number];
  const args = [step.input(0), step.output(0), height, width, float(threshold)];
  step.task('focusColumns', batch * Math.ceil(width / 4), args);
  return true;
}

export function planFocusDistance(step: WasmStep): boolean {
  const [batch, height, width] = step.inputs[0] as readonly [number, number, number];
  step.threadScratch(4 * 3 * width + 64);
  step.task('focusDistance', batch * height, [step.input(0), step.output(0), height, width]);
  return true;
}

export function planAttenuate(step: WasmStep): boolean {
  const { count, chunk, chunks } = inChunks(step.outputs[0]!);
  step.task('attenuate', chunks, [step.input(0), step.input(1), step.output(0), count, chunk]);
  return true;
}
