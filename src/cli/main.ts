#!/usr/bin/env node
import { readdirSync } from 'node:fs';
import { SalientError } from '../error.ts';
import type { Command } from './command.ts';
import { INTERRUPTED, runProgram } from './run-program.ts';

/** Each file in commands/ is one command, by its name; it is loaded when it is called. */
const folder = new URL('./commands/', import.meta.url);
function commandNames(): string[] {
  return readdirSync(folder).flatMap((file) => /^([a-z-]+)\.(?:js|ts)$/.exec(file)?.[1] ?? []);
}

async function load(name: string): Promise<Command> {
  const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.'));
  const { command } = (await import(new URL(`${name}${extension}`, folder).href)) as { command: Command };
  return command;
}

async function helpText(): Promise<string> {
  const commands = await Promise.all(commandNames().map(load));
  const lines = commands.flatMap(({ summary }) => Object.entries(summary));
  return `salient: why a convolutional network answered as it did

usage: salient COMMAND [OPTIONS]

${lines.map(([call, what]) => `  ${call.padEnd(22)}  ${what}`).join('\n')}

\`salient COMMAND --help\` says more. Every command takes --json (output for machines) and --debug (stack traces).`;
}

async function main(words: string[]): Promise<void> {
  const [name, ...rest] = words;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    console.log(await helpText());
    return;
  }
  if (name === '--version') {
    console.log((await import('../version.ts')).VERSION);
    return;
  }
  if (!commandNames().includes(name)) {
    throw new SalientError('bad-argument', `there is no command "${name}"; see \`salient --help\``);
  }
  const command = await load(name);
  if (rest.includes('--help') || rest.includes('-h')) {
    console.log(command.help);
    return;
  }
  const controller = new AbortController();
  process.once('SIGINT', () => {
    controller.abort(new SalientError('aborted', 'interrupted'));
    process.once('SIGINT', () => process.exit(INTERRUPTED));
  });
  if (process.channel) {
    // Started by a worker of a queue, whose shard this is no more when that is gone.
    process.once('disconnect', () => process.exit(INTERRUPTED));
    process.channel.unref();
  }
  await command.run(rest, { signal: controller.signal });
}

await runProgram(main);
