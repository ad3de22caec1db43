import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { modelsFolder } from '../../src/cli/bundled.ts';
import { SalientError } from '../../src/error.ts';
import { repositoryRoot } from '../support/paths.ts';

const main = join(repositoryRoot, 'dist', 'src', 'cli', 'main.js');
const networks = ['scenes-alexnet', 'scenes-vgg'].flatMap((name) => ['--model', join(modelsFolder, `${name}.onnx`)]);

/** A `salient compare` of the bundled networks on wasm, without pictures, in a process of its own. */
export interface CompareRun {
  readonly pid: number;
  kill(): void;
  /** How it ended. Rejects with what it said where it failed. */
  readonly ended: Promise<'done' | 'killed'>;
}

export function startCompare(data: string, out: string, more: readonly string[] = []): CompareRun {
  const words = ['compare', data, ...networks, '--device', 'wasm', '--keep', 'none', '--out', out, ...more];
  const child = spawn(process.execPath, [main, ...words], { stdio: ['ignore', 'ignore', 'pipe'] });
  let text = '';
  child.stderr.on('data', (data) => {
    text += data;
  });
  const ended = new Promise<'done' | 'killed'>((resolve, reject) => {
    child.on('close', (code, signal) => {
      if (signal === 'SIGKILL') resolve('killed');
      else if (code === 0) resolve('done');
      else reject(new SalientError('io', text));
    });
  });
  return { pid: child.pid!, kill: () => child.kill('SIGKILL'), ended };
}

/** The lines of a results file, sorted, without its header. */
export function sortedLines(out: string, file = 'results.jsonl'): string[] {
  return readFileSync(join(out, file), 'utf8').trimEnd().split('\n').slice(1).sort();
}

/** How many of these lines record an image that could not be explained. */
export function errorsAmong(lines: readonly string[]): number {
  return lines.filter((line) => 'error' in (JSON.parse(line) as object)).length;
}
