import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { repositoryRoot } from '../support/paths.ts';

/** The package as npm would publish it. */
export interface Packed {
  readonly tarball: string;
  readonly bytes: number;
  /** Paths in the package, and their sizes. */
  readonly files: ReadonlyMap<string, number>;
  /** An empty project that has the package in its node_modules. */
  readonly project: string;
}

/** Packs, and installs into an empty project; all is gone when the process ends. */
export function packed(): Packed {
  const folder = mkdtempSync(join(tmpdir(), 'salient-packed-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  execFileSync(process.execPath, [`${repositoryRoot}web/bundle.mjs`]);
  const text = execFileSync('npm', ['pack', '--json', '--pack-destination', folder], {
    cwd: repositoryRoot,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [{ filename, files }] = JSON.parse(text) as [{ filename: string; files: { path: string; size: number }[] }];
  const tarball = join(folder, filename);
  const project = join(folder, 'project');
  const home = join(project, 'node_modules', 'salient-relevance');
  mkdirSync(home, { recursive: true });
  execFileSync('tar', ['xzf', tarball, '-C', home, '--strip-components=1']);
  return {
    tarball,
    bytes: statSync(tarball).size,
    files: new Map(files.map(({ path, size }) => [path, size])),
    project,
  };
}

/** Writes files below a folder. */
export function putFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}
