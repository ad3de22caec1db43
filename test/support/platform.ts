import * as assert from 'uvu/assert';
import type { SuiteResult } from '../platforms/kernel-suite.ts';

/** Something that a test needs from test/package.json is not installed: an error under CI, loud elsewhere. */
export function skipped(what: string, reason: string): void {
  if (process.env.CI === 'true') throw new Error(`${what} cannot be tested: ${reason}`);
  console.log(`${what} tests skipped: ${reason}; run: npm ci --prefix test`);
}

/** Fails unless every case of the suite passed. */
export function assertSuite({ device, cases, failures }: SuiteResult): void {
  console.log(`${cases} cases on ${device}`);
  assert.ok(cases > 100, `only ${cases} cases ran`);
  assert.is(failures.length, 0, `${failures.length} of ${cases} cases failed:\n${failures.join('\n')}`);
}
