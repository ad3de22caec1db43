import type { WasmStep } from '../../tensor/wasm/step.ts';

/** Elements of an item: powers and cube roots take long. */
const CHUNK = 1024;

export function planLab(step: WasmStep, truncate: boolean): boolean {
  const [batch, , height, width] = step.inputs[0] as readonly [number, number, number, number];
  const chunks = Math.ceil((height * width) / CHUNK);
  const args = [step.input(0), step.output(0), height * width, CHUNK, chunks, Number(truncate)];
  step.task('lab', batch * chunks, args);
  return true;
}
