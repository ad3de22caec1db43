import { cut, printable } from '../../error.ts';

/** The longest line that is printed. */
const MOST = 4000;

/** Prints one line for people; names and texts out of files cannot steer the terminal, or begin lines of their own. */
export function printLine(line: string): void {
  console.log(cut(printable(line), MOST));
}

/** Prints JSON for machines; what a terminal would obey stands in it as escapes. */
export function printJson(value: unknown): void {
  for (const line of JSON.stringify(value, undefined, 2).split('\n')) console.log(printable(line));
}
