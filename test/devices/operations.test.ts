import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Device } from '../../src/tensor/device.ts';
import { openReferenceDevice } from '../../src/tensor/reference.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { assertRelative } from '../support/assert.ts';
import { comparedDevices, isChosen } from '../support/devices.ts';
import { operationCases } from '../support/operation-cases.ts';
import { runOperation } from '../support/run-operation.ts';

/** Words of which a case's title must hold one (`npm test -- conv`); undefined: every case runs. */
const words: readonly string[] | undefined =
  process.env.SALIENT_TEST_CASES && JSON.parse(process.env.SALIENT_TEST_CASES);
const cases = operationCases();
const wanted = words === undefined ? cases : cases.filter(({ title }) => words.some((word) => title.includes(word)));

const reference = openReferenceDevice();
const opened = new Map<string, Device>();
const compared = wanted.length === 0 ? [] : await comparedDevices();

test.before(async () => {
  for (const { name, open } of compared) opened.set(name, await open());
});
test.after(() => {
  for (const device of [...opened.values(), reference]) device[Symbol.dispose]();
});

if (words === undefined) {
  test('every case has a title of its own, which begins with the name of its operation', () => {
    for (const { title, operation } of cases) assert.is(title.split(': ')[0], operation.name);
    assert.is(new Set(cases.map(({ title }) => title)).size, cases.length);
  });
}

for (const { title, operation, operands } of wanted) {
  let computed: Promise<Tensor[]> | undefined;
  const expected = () => (computed ??= runOperation(reference, operation, operands));

  if (isChosen('reference')) {
    test(`${title} on reference is finite`, async () => {
      for (const { data } of await expected()) assert.ok(data.every(Number.isFinite));
    });
  }
  for (const { name } of compared) {
    test(`${title} on ${name} equals reference to 1e-4`, async () => {
      const actual = await runOperation(opened.get(name)!, operation, operands);
      for (const [index, { data }] of (await expected()).entries()) assertRelative(actual[index]!.data, data, 1e-4);
    });
  }
}

test.run();
