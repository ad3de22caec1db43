import { elementCount } from '../../tensor/tensor.ts';
import { type Address, float, type WasmStep } from '../../tensor/wasm/step.ts';
import { bounds } from '../quotient/attributes.ts';
import { planSumSquares } from '../quotient/wasm.ts';
import { channelTable } from '../shared/wasm-epilogue.ts';
import { planRowStatistics } from '../shared/wasm-statistics.ts';
import type { AbsorbedAttributes } from './attributes.ts';

/** Elements of an item. */
const CHUNK = 32768;

export function planStatistics(step: WasmStep): boolean {
  const [batch, ...sample] = step.inputs[0] as [number, ...number[]];
  planRowStatistics(step, step.input(0), batch, elementCount(sample), step.output(0));
  return true;
}

/** False where the bias is no constant. */
export function planAbsorbed(step: WasmStep, attributes: AbsorbedAttributes): boolean {
  const { scales, stabilizer, groups, maps } = attributes;
  const bias = attributes.bias ? step.source(step.inputs.length - 1) : undefined;
  if (attributes.bias && bias === undefined) return false;
  const [batch, plain, ...spatial] = step.inputs[0] as [number, number, ...number[]];
  const positions = elementCount(spatial);
  const stacked = plain * scales.length;
  const z: Address | 0 = stabilizer.kind === 'absolute' ? 0 : step.input(2);
  const squares = planSumSquares(step, stabilizer, z, batch, stacked * positions);
  const chunk = Math.max(1, Math.floor(CHUNK / positions));
  const chunks = Math.ceil(stacked / chunk);
  const args = [
    ...[step.input(0), step.input(1), z, channelTable(step, { channels: stacked, groups, maps, bias, scales })],
    ...[step.scratch(16 * batch * chunks), step.output(0), Number(bounds(stabilizer))],
    ...[float(stabilizer.epsilon), stacked, plain, positions, chunk, chunks, squares.address, squares.chunks],
  ];
  step.task('absorbed', batch * chunks, args);
  step.task('joinAbsorbed', batch, args);
  return true;
}
