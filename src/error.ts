import { cut, printable } from './text.ts';

/** Characters of a message at most. */
const LONGEST_MESSAGE = 500;

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

  /** What is quoted from a file may hold line breaks, controls that a terminal would obey, and a great deal of text. */
  constructor(code: SalientErrorCode, message: string, options?: ErrorOptions) {
    super(cut(printable(message), LONGEST_MESSAGE), options);
    this.code = code;
  }
}
