import { numberOption } from '../src/cli/command.ts';
import { SalientError } from '../src/error.ts';

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
