import { type ParseArgsConfig, parseArgs } from 'node:util';
import { numberOption } from '../src/cli/command.ts';
import { SalientError } from '../src/error.ts';

type Options = NonNullable<ParseArgsConfig['options']>;

interface Usage<T extends Options> {
  /** The text of `--help`. */
  readonly help: string;
  readonly options: T;
  /** How many words beside options there must and may be; default none. */
  readonly words?: { readonly least: number; readonly most: number };
}

interface Config<T extends Options> {
  options: T;
  allowPositionals: true;
}

/** What options and words a program was given. */
export type Given<T extends Options> = ReturnType<typeof parseArgs<Config<T>>>;

/** Runs a program of the benchmark: `--help` prints its usage, and an error is one line and exit code 1. */
export async function runProgram<const T extends Options>(
  { help, options, words = { least: 0, most: 0 } }: Usage<T>,
  main: (given: Given<T>) => Promise<void>,
): Promise<void> {
  const args = process.argv.slice(2);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // The reader of a pipe went away: there is nobody left to tell.
    if (error.code === 'EPIPE') process.exit(0);
  });
  try {
    if (args.includes('--help') || args.includes('-h')) {
      console.log(help);
      return;
    }
    const config: Config<T> = { options, allowPositionals: true };
    const given = parseArgs({ ...config, args });
    const count = given.positionals.length;
    if (count < words.least || count > words.most) {
      const expected = words.least === words.most ? words.least : `${words.least} to ${words.most}`;
      throw new SalientError(
        'bad-argument',
        `found ${count} words beside options, expected ${expected}; ${help.split('\n')[0]}`,
      );
    }
    await main(given);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    console.error(`bench: ${message.replace(/\p{Cc}+/gu, ' ')}`);
    process.exitCode = 1;
  }
}

/** A number above zero, or nothing. */
export function positiveOption(value: string | undefined, name: string): number | undefined {
  const number = numberOption(value, name);
  if (number === undefined || number > 0) return number;
  throw new SalientError('bad-argument', `--${name} is ${value}; expected a number above 0`);
}

/** One of several words. */
export function choiceOf<const T extends string>(word: string, choices: readonly T[]): T {
  const choice = choices.find((one) => one === word);
  if (choice !== undefined) return choice;
  throw new SalientError('bad-argument', `"${word}" is none of ${choices.join(', ')}; see --help`);
}
