import * as assert from 'uvu/assert';

/** Fails unless every number is within `tolerance` of the expected one, naming the first that is not. */
export function assertClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  assert.is(actual.length, expected.length, `expected ${expected.length} numbers, found ${actual.length}`);
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i]! - expected[i]!);
    if (!(difference <= tolerance)) {
      assert.unreachable(`element ${i}: found ${actual[i]}, expected ${expected[i]} within ${tolerance}`);
    }
  }
}

/** ‖actual − expected‖₂ / ‖expected‖₂. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  assert.is(actual.length, expected.length, `expected ${expected.length} numbers, found ${actual.length}`);
  let [difference, norm] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    difference += (actual[i]! - expected[i]!) ** 2;
    norm += expected[i]! ** 2;
  }
  return norm === 0 ? Math.sqrt(difference) : Math.sqrt(difference / norm);
}

/** Fails unless {@link relativeError} is at most `bound`. */
export function assertRelative(actual: ArrayLike<number>, expected: ArrayLike<number>, bound: number, what = ''): void {
  const error = relativeError(actual, expected);
  assert.ok(error <= bound, `${what} relative error ${error.toExponential(2)} is over ${bound}`);
}
