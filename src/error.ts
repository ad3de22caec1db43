/** Stable codes of {@link SalientError}: what went wrong, for programs; the message is for people. */
export type SalientErrorCode =
  | 'bad-argument'
  | 'bad-file'
  | 'bad-model'
  | 'bad-image'
  | 'bad-tensor'
  | 'unsupported'
  | 'shape-mismatch'
  | 'out-of-memory'
  | 'device-lost'
  | 'device-error'
  | 'no-device'
  | 'aborted'
  | 'closed'
  | 'io';

/**
 * Every failure that a caller can cause or meet. The message is one line that says what was found, what was expected
 * and what to do.
 */
export class SalientError extends Error {
  override readonly name = 'SalientError';
  readonly code: SalientErrorCode;

  constructor(code: SalientErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
