import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openReferenceDevice } from '../../src/tensor/reference.ts';
import { assertRelative } from '../support/assert.ts';
import { comparedDevices } from '../support/devices.ts';
import { operationCases } from '../support/operation-cases.ts';
import { runOperation } from '../support/run-operation.ts';

const cases = operationCases();

test('every operation is finite on the reference device, whatever the shapes', async () => {
  using device = openReferenceDevice();
  for (const { title, operation, operands } of cases) {
    for (const output of await runOperation(device, operation, operands)) {
      assert.ok(output.data.every(Number.isFinite), title);
    }
  }
});

for (const { name, open } of await comparedDevices()) {
  test(`every operation on ${name} equals reference to 1e-4`, async () => {
    using reference = openReferenceDevice();
    using device = await open();
    const failures: string[] = [];
    for (const { title, operation, operands } of cases) {
      const expected = await runOperation(reference, operation, operands);
      try {
        const actual = await runOperation(device, operation, operands);
        for (const [index, { data }] of expected.entries()) assertRelative(actual[index]!.data, data, 1e-4, title);
      } catch (error) {
        failures.push(`${title}: ${(error as Error).message}`);
      }
    }
    assert.is(failures.length, 0, `${failures.length} of ${cases.length} cases differ:\n${failures.join('\n')}`);
  });
}

test.run();
