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
 *
 * @example
 * ```ts
 * try {
 *   await loadModel(device, 'nowhere.onnx');
 * } catch (error) {
 *   if (error instanceof SalientError && error.code === 'io') console.log(error.message);
 * }
 * ```
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

/** What a terminal obeys or a reader cannot see: controls, line and paragraph ends, marks of writing direction. */
const UNPRINTABLE = /[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

/** The text on one line that shows all it holds: what cannot be printed is escaped as in JSON (`\u001b`). */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The text, or its beginning and an ellipsis, in `most` characters. */
export function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/** A value that somebody gave, as JSON where it can be written so (NaN is `NaN`); `undefined` is `missing`. */
export function quoted(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'number') return String(value);
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return `${typeof value === 'object' ? 'an object' : String(value)} that is no JSON, or nested too deeply`;
  }
}

/**
 * A misspelt name would be ignored without a word, and the answer be another one than was asked for.
 * @param where of what the names are, as ` in rule`
 * @throws SalientError 'bad-argument' where an object has another name than these
 */
export function requireNames(given: object, names: object, where = ''): void {
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(names, name)) continue;
    const known = Object.keys(names).join(', ');
    throw new SalientError('bad-argument', `there is no option "${name}"${where}; expected one of ${known}`);
  }
}

/** What an aborted call ends with: code `aborted`, with the signal's reason as its cause. */
export function abortedBy(signal: AbortSignal): SalientError {
  const reason: unknown = signal.reason;
  if (reason instanceof SalientError && reason.code === 'aborted') return reason;
  return new SalientError('aborted', 'the call was aborted', { cause: reason });
}

/** @throws SalientError 'aborted' */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortedBy(signal);
}
