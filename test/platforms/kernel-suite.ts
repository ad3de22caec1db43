import { openReferenceDevice } from '../../src/tensor/reference.ts';
import { openWebGpuDevice } from '../../src/tensor/webgpu/device.ts';
import { operationCases } from '../support/operation-cases.ts';
import { runOperation } from '../support/run-operation.ts';

/** What a platform's WebGPU made of the operations. */
export interface SuiteResult {
  readonly device: string;
  readonly cases: number;
  readonly failures: readonly string[];
}

/** Cases of each operation that every platform runs; Node runs all of them. */
const CASES_PER_OPERATION = 4;
const BOUND = 1e-4;

/** Every operation on this runtime's WebGPU against `reference`. Imports nothing but the project, so browsers can run it. */
export async function runKernelSuite(): Promise<SuiteResult> {
  using device = await openWebGpuDevice();
  using reference = openReferenceDevice();
  const seen = new Map<string, number>();
  const failures: string[] = [];
  let cases = 0;
  for (const { title, operation, operands } of operationCases()) {
    const count = seen.get(operation.name) ?? 0;
    seen.set(operation.name, count + 1);
    if (count >= CASES_PER_OPERATION) continue;
    cases++;
    try {
      const expected = await runOperation(reference, operation, operands);
      const actual = await runOperation(device, operation, operands);
      for (const [index, { data }] of expected.entries()) {
        const error = distance(actual[index]!.data, data);
        if (!(error <= BOUND)) failures.push(`${title}: relative error ${error.toExponential(2)} is over ${BOUND}`);
      }
    } catch (error) {
      failures.push(`${title}: ${(error as Error).message}`);
    }
  }
  return { device: device.description, cases, failures };
}

/** ‖a − b‖₂ / ‖b‖₂, or ‖a‖₂ where b is zero. */
function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [difference, norm] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    difference += (a[i]! - b[i]!) ** 2;
    norm += b[i]! ** 2;
  }
  return Math.sqrt(norm === 0 ? difference : difference / norm);
}
