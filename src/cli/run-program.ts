import { cut, printable, SalientError } from '../error.ts';
import { VERSION } from '../version.ts';
import { type Given, type Options, parseUsage } from './command.ts';
import { reasonOf } from './output/files.ts';

/** Exit code of a process that Ctrl-C ended. */
export const INTERRUPTED = 130;

/** Exit code where this program itself is at fault (sysexits' EX_SOFTWARE). */
const FAULT = 70;

/** Runs a program on the words of its command line: a failure is one line on stderr, and the exit code. */
export async function runProgram(main: (words: string[]) => Promise<void>): Promise<void> {
  const words = process.argv.slice(2);
  const debug = words.includes('--debug');
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // The reader of a pipe went away (`salient … | head`): nobody listens any more, but the files are still wanted.
    if (error.code === 'EPIPE') return;
    report(new SalientError('io', `cannot write to stdout: ${reasonOf(error)}`, { cause: error }), debug);
    process.exit(1);
  });
  try {
    await main(words);
  } catch (error) {
    report(error, debug);
    const code = error instanceof SalientError ? error.code : undefined;
    const isOurs = code === undefined && !(error instanceof Error && error.name === 'NotCapable');
    process.exitCode = isOurs ? FAULT : code === 'aborted' ? INTERRUPTED : 1;
  }
}

/** What runs this program, and its version. */
export function runtimeName(): string {
  const { deno, node } = process.versions;
  return deno === undefined ? `Node.js ${node}` : `Deno ${deno}`;
}

/** How a program beside the command `salient` is called. */
export interface Usage<T extends Options> {
  /** The text of `--help`; its first line says how the program is called. */
  readonly help: string;
  readonly options: T;
  /** How many words beside options there must and may be; default none. */
  readonly words?: { readonly least: number; readonly most: number };
}

/** {@link runProgram} for a program with its own usage. */
export async function runScript<const T extends Options>(
  { help, options, words: { least, most } = { least: 0, most: 0 } }: Usage<T>,
  main: (given: Given<T>) => Promise<void>,
): Promise<void> {
  const usage = help.split('\n')[0]!;
  await runProgram(async (words) => {
    const given = parseUsage(words, options, usage);
    if ((given.values as { help?: boolean }).help) {
      console.log(help);
      return;
    }
    const count = given.positionals.length;
    if (count < least || count > most) {
      const expected = least === most ? least : `${least} to ${most}`;
      throw new SalientError('bad-argument', `found ${count} words beside options, expected ${expected}; ${usage}`);
    }
    await main(given);
  });
}

/** One line for people; with --debug the stack too. */
function report(error: unknown, debug: boolean): void {
  if (error instanceof SalientError) console.error(`salient: ${error.message}`);
  else if (error instanceof Error && error.name === 'NotCapable') {
    console.error(`salient: Deno does not permit it: ${printable(error.message)}; docs/deno.md says what needs what`);
  } else {
    const what = cut(printable(String(error)), 300);
    const version = `${VERSION}, ${runtimeName()}`;
    console.error(
      `salient: a fault of this program (${version}): ${what}; please report it with the command, its files and what --debug prints`,
    );
  }
  if (debug && error instanceof Error) console.error(error.stack, error.cause ?? '');
}
