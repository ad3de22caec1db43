import { SalientError } from '../error.ts';
import { reasonOf } from './files.ts';

/** Exit code of a process that Ctrl-C ended. */
export const INTERRUPTED = 130;

/** Runs a program on the words of its command line: a failure is one line on stderr, and the exit code. */
export async function runProgram(main: (words: string[]) => Promise<void>): Promise<void> {
  const words = process.argv.slice(2);
  const debug = words.includes('--debug');
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // The reader of a pipe went away (`salient … | head`): there is nobody left to tell.
    if (error.code === 'EPIPE') process.exit(0);
    report(new SalientError('io', `cannot write to stdout: ${reasonOf(error)}`, { cause: error }), debug);
    process.exit(1);
  });
  try {
    await main(words);
  } catch (error) {
    report(error, debug);
    process.exitCode = error instanceof SalientError && error.code === 'aborted' ? INTERRUPTED : 1;
  }
}

/** One line for people; with --debug the stack too. */
function report(error: unknown, debug: boolean): void {
  // What is quoted from a file may hold line breaks, and controls that a terminal would obey.
  const message = (error instanceof Error ? error.message : String(error)).replace(/\p{Cc}+/gu, ' ');
  const known = error instanceof SalientError;
  console.error(known ? `salient: ${message}` : `salient: unexpected error: ${message} (--debug says more)`);
  if (debug && error instanceof Error) console.error(error.stack, error.cause ?? '');
}
