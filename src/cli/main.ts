#!/usr/bin/env node
import { SalientError } from '../error.ts';
import type { Command } from './command.ts';

const COMMANDS: Readonly<Record<string, () => Promise<{ command: Command }>>> = {
  explain: () => import('./explain.ts'),
  saliency: () => import('./saliency.ts'),
  model: () => import('./model.ts'),
  bench: () => import('./bench.ts'),
  diff: () => import('./diff.ts'),
};

const HELP = `salient: why a convolutional network answered as it did

usage: salient COMMAND [OPTIONS]

  explain PHOTO...        relevance and salient-relevance maps of photographs
  explain --tensor X.npy  the same for an already preprocessed input
  saliency MAP            context-aware saliency of a relevance map or a picture
  model inspect FILE      what is in an ONNX file
  model run FILE          run an ONNX file on tensors
  model make NAME         write a full-size network with reproducible synthetic weights
  model list              networks that are known by name
  bench                   throughput of this machine
  diff MODEL INPUT        two devices compared layer by layer

\`salient COMMAND --help\` says more. Every command takes --json (output for machines) and --debug (stack traces).`;

/** Exit code of a process that Ctrl-C ended. */
const INTERRUPTED = 130;

async function main(words: string[]): Promise<void> {
  const [name, ...rest] = words;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    console.log(HELP);
    return;
  }
  if (name === '--version') {
    console.log((await import('../version.ts')).VERSION);
    return;
  }
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (load === undefined) {
    throw new SalientError('bad-argument', `there is no command "${name}"; see \`salient --help\``);
  }
  const { command } = await load();
  if (rest.includes('--help') || rest.includes('-h')) {
    console.log(command.help);
    return;
  }
  const controller = new AbortController();
  process.once('SIGINT', () => {
    controller.abort(new SalientError('aborted', 'interrupted'));
    process.once('SIGINT', () => process.exit(INTERRUPTED));
  });
  await command.run(rest, { signal: controller.signal });
}

/** One line for people; with --debug the stack too. */
function report(error: unknown, debug: boolean): void {
  // What is quoted from a file may hold line breaks, and controls that a terminal would obey.
  const message = (error instanceof Error ? error.message : String(error)).replace(/\p{Cc}+/gu, ' ');
  const known = error instanceof SalientError;
  console.error(known ? `salient: ${message}` : `salient: unexpected error: ${message} (--debug says more)`);
  if (debug && error instanceof Error) console.error(error.stack, error.cause ?? '');
}

const words = process.argv.slice(2);
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // The reader of a pipe went away (`salient … | head`): there is nobody left to tell.
  if (error.code === 'EPIPE') process.exit(0);
});
try {
  await main(words);
} catch (error) {
  report(error, words.includes('--debug'));
  process.exitCode = error instanceof SalientError && error.code === 'aborted' ? INTERRUPTED : 1;
}
