import * as assert from 'uvu/assert';
import { SalientError } from '../../src/error.ts';
import { decodeImage } from '../../src/image/codec/decode.ts';

/** Asserts that a file is refused as a bad image, in one line that fits `words`. */
export async function refused(bytes: Uint8Array, words: RegExp): Promise<void> {
  const error = await decodeImage(bytes).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.instance(error, SalientError, `${error} instead of ${words}`);
  if (!(error instanceof SalientError)) return;
  assert.is(error.code, 'bad-image');
  assert.match(error.message, words);
  assert.not.match(error.message, /\n/);
}
