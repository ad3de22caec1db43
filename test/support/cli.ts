import { spawn } from 'node:child_process';
import { repositoryRoot } from './paths.ts';

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Seconds after which a command counts as hung. */
const LIMIT = 120;

/** Runs `salient` as a user would. */
export function salient(...words: string[]): Promise<CliResult> {
  return ran(`${repositoryRoot}dist/src/cli/main.js`, ...words);
}

/** Runs a program to its end. */
export function ran(file: string, ...words: string[]): Promise<CliResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file, ...words], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LIMIT * 1000,
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (data) => {
      stdout += data;
    });
    child.stderr.on('data', (data) => {
      stderr += data;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}
