import { execFile } from 'node:child_process';
import { availableParallelism, cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Environment } from '../bench/report.ts';
import { VERSION } from '../version.ts';

/** This machine and this checkout, for the head of a report. */
export async function describeEnvironment(): Promise<Environment> {
  const cores = availableParallelism();
  return {
    processor: `${cpus()[0]?.model.trim() ?? 'unknown'}, ${cores} core${cores === 1 ? '' : 's'}`,
    runtime: `Node.js ${process.versions.node} (V8 ${process.versions.v8}), ${process.platform} ${process.arch}`,
    commit: await commit(),
    date: new Date().toISOString().slice(0, 10),
  };
}

/** The commit of the checkout that this file lies in, or the package's version. */
async function commit(): Promise<string> {
  try {
    const cwd = fileURLToPath(new URL('.', import.meta.url));
    const words = ['describe', '--always', '--dirty', '--abbrev=10'];
    return (await promisify(execFile)('git', words, { cwd })).stdout.trim();
  } catch {
    return `version ${VERSION}`;
  }
}
