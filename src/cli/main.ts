#!/usr/bin/env node
import { SalientError } from '../error.ts';
import type { Command } from './command.ts';
import { INTERRUPTED, runProgram } from './run-program.ts';

const COMMANDS: Readonly<Record<string, () => Promise<{ command: Command }>>> = {
  explain: () => import('./commands/explain.ts'),
  saliency: () => import('./commands/saliency.ts'),
  model: () => import('./commands/model.ts'),
  bench: () => import('./commands/bench.ts'),
  diff: () => import('./commands/diff.ts'),
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

await runProgram(main);
