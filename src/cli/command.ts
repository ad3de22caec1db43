import { type ParseArgsConfig, parseArgs } from 'node:util';
import { SalientError } from '../error.ts';

/** Options that every command takes. */
export const COMMON_OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  debug: { type: 'boolean' },
  json: { type: 'boolean' },
} as const satisfies ParseArgsConfig['options'];

/** One command of the command line; modules are loaded when they are called. */
export interface Command {
  /** Its lines in the list of commands: how it is called, and what it does. */
  readonly summary: Readonly<Record<string, string>>;
  /** The text of `--help`. */
  readonly help: string;
  run(words: string[], context: CommandContext): Promise<void>;
}

export interface CommandContext {
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

export type Options = NonNullable<ParseArgsConfig['options']>;
interface Config<T extends Options> {
  options: typeof COMMON_OPTIONS & T;
  allowPositionals: true;
}

/** What options and words a program was given. */
export type Given<T extends Options> = ReturnType<typeof parseArgs<Config<T>>>;

/** The options and words of a command of `salient`. */
export function parseWords<T extends Options>(words: string[], options: T, command: string): Given<T> {
  return parseUsage(words, options, `see \`salient ${command} --help\``);
}

/** parseArgs with errors in one line that end with a hint at what is right. */
export function parseUsage<T extends Options>(words: string[], options: T, hint: string): Given<T> {
  try {
    const config: Config<T> = { options: { ...COMMON_OPTIONS, ...options }, allowPositionals: true };
    return parseArgs({ ...config, args: words });
  } catch (cause) {
    // Node's explanations follow in further sentences and lines.
    const [message] = String(cause instanceof Error ? cause.message : cause).split(/\.?(?:\n| (?=To ))/);
    const reason = message!.replace(
      ' argument is ambiguous',
      ' needs a value; one that begins with a dash goes after "="',
    );
    throw new SalientError('bad-argument', `${reason}; ${hint}`, { cause });
  }
}

/** The number that an option was given, or nothing. */
export function numberOption(value: string | undefined, name: string): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (value.trim() !== '' && Number.isFinite(number)) return number;
  throw new SalientError('bad-argument', `--${name} is "${value}"; expected a number`);
}

/** A positive whole number, or nothing. */
export function countOption(value: string | undefined, name: string): number | undefined {
  const number = numberOption(value, name);
  if (number === undefined || (Number.isInteger(number) && number >= 1)) return number;
  throw new SalientError('bad-argument', `--${name} is ${value}; expected a whole number of at least 1`);
}

/** Comma-separated numbers, or nothing. */
export function numbersOption(value: string | undefined, name: string): number[] | undefined {
  return value?.split(',').map((word) => numberOption(word, name)!);
}

/** One of several words. */
export function choiceOption<const T extends string>(value: string | undefined, name: string, choices: readonly T[]) {
  if (value === undefined || (choices as readonly string[]).includes(value)) return value as T | undefined;
  throw new SalientError('bad-argument', `--${name} is "${value}"; choose one of ${choices.join(', ')}`);
}
