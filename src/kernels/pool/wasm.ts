import type { Address, WasmStep } from '../../tensor/wasm/step.ts';
import type {
  AverageAttributes,
  AverageTransposeAttributes,
  PoolAttributes,
  PoolTransposeAttributes,
} from './attributes.ts';

type Shape4 = readonly [number, number, number, number];

/** Elements of input that an item reads, about. */
const CHUNK = 32768;

const DIVISORS: Readonly<Record<AverageAttributes['divisor'], number>> = { inside: 0, padded: 1, one: 2 };

export function planMaxPool(step: WasmStep, attributes: PoolAttributes): boolean {
  planPool(step, 'maxPool', attributes, step.inputs[0] as Shape4, [step.input(0), step.output(0), step.output(1)]);
  return true;
}

export function planMaxPoolTranspose(step: WasmStep, attributes: PoolTransposeAttributes): boolean {
  const places = [step.output(0), step.input(0), step.input(1)] as const;
  planPool(step, 'maxPoolTranspose', attributes, step.outputs[0] as Shape4, places);
  return true;
}

export function planAveragePool(step: WasmStep, attributes: AverageAttributes): boolean {
  const places = [step.input(0), step.output(0), 0] as const;
  planPool(step, 'averagePool', attributes, step.inputs[0] as Shape4, places, attributes.divisor);
  return true;
}

export function planAveragePoolTranspose(step: WasmStep, attributes: AverageTransposeAttributes): boolean {
  const places = [step.output(0), step.input(0), attributes.product ? step.input(1) : 0] as const;
  planPool(step, 'averagePoolTranspose', attributes, step.outputs[0] as Shape4, places, attributes.divisor);
  return true;
}

function planPool(
  step: WasmStep,
  kernel: 'maxPool' | 'maxPoolTranspose' | 'averagePool' | 'averagePoolTranspose',
  { window, output }: PoolAttributes,
  [batch, channels, height, width]: Shape4,
  places: readonly (Address | 0)[],
  divisor: AverageAttributes['divisor'] = 'one',
): void {
  const planes = batch * channels;
  const planesPerItem = Math.max(1, Math.floor(CHUNK / (height * width)));
  const [top, left, bottom, right] = window.pads;
  step.task(kernel, Math.ceil(planes / planesPerItem), [
    ...[...places, planes, planesPerItem, height, width, ...output],
    ...[...window.kernel, ...window.strides, ...window.dilations, top, left, height + bottom, width + right],
    DIVISORS[divisor],
  ]);
}
