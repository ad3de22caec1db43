import { execFile } from 'node:child_process';
import { availableParallelism, cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Environment } from '../measure/report.ts';
import { VERSION } from '../version.ts';
import { PACKAGE_ROOT } from './package-root.ts';
import { runtimeName } from './run-program.ts';

/** This machine and this checkout, for the head of a report. */
export async function describeEnvironment(): Promise<Environment> {
  const cores = availableParallelism();
  return {
    processor: `${cpus()[0]?.model.trim() ?? 'unknown'}, ${cores} core${cores === 1 ? '' : 's'}`,
    runtime: `${runtimeName()} (V8 ${process.versions.v8}), ${process.platform} ${process.arch}`,
    commit: await commitOf(fileURLToPath(PACKAGE_ROOT)),
    date: new Date().toISOString().slice(0, 10),
  };
}

/** The commit where `root` is a checkout's own top folder (not in node_modules of another), or the package's version. */
export async function commitOf(root: string): Promise<string> {
  const git = async (...words: string[]) => (await promisify(execFile)('git', words, { cwd: root })).stdout.trim();
  try {
    const isTop = (await git('rev-parse', '--show-prefix')) === '';
    if (isTop) return await git('describe', '--always', '--dirty', '--abbrev=10');
  } catch {
    // No git, or no repository.
  }
  return `version ${VERSION}`;
}
