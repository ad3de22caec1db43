import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { SalientError } from '../../src/error.ts';
import { repositoryRoot } from '../support/paths.ts';
import { faultOf, inputOf, TARGETS } from './targets.ts';

/** Seeded inputs of each target in every test run; `npm run fuzz` takes as many as there is time for. */
const COUNT = 400;
/** Milliseconds that one input may take; a slow machine has its share. */
const PATIENCE = 5000;

for (const [name, target] of Object.entries(TARGETS)) {
  test(`${name}: what was once found, and ${COUNT} mutated inputs, are read or refused in one line`, async () => {
    const folder = `${repositoryRoot}test/fuzz/corpus/${name.replace(' ', '-')}/`;
    const known = existsSync(folder)
      ? readdirSync(folder).map((file) => new Uint8Array(readFileSync(folder + file)))
      : [];
    const inputs = [...known, ...Array.from({ length: COUNT }, (_, seed) => inputOf(target, seed))];
    for (const [index, bytes] of inputs.entries()) {
      const start = performance.now();
      assert.is(await faultOf(target, bytes), undefined, `input ${index - known.length}`);
      assert.ok(performance.now() - start < PATIENCE, `input ${index - known.length} takes too long`);
    }
  });
}

test('the fuzzer tells faults from refusals', async () => {
  const throwing = (error: Error) => ({
    seeds: [],
    grammar: (bytes: Uint8Array) => bytes,
    run: () => {
      throw error;
    },
  });
  const bytes = new Uint8Array(3);
  assert.match(
    (await faultOf(throwing(new TypeError('x is not a function')), bytes))!,
    /TypeError: x is not a function/,
  );
  assert.match((await faultOf(throwing(new SalientError('bad-file', 'found NaN×NaN')), bytes))!, /a bad message/);
  assert.is(await faultOf(throwing(new SalientError('bad-file', 'it is cut off; copy it again')), bytes), undefined);
});

test.run();
