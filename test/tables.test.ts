import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readImports } from './support/imports.ts';
import { repositoryRoot } from './support/paths.ts';

// What is decided for each graph operation, weight map or epilogue stands in tables that the compiler finds incomplete.
// Each is added to a copy of the types here, and the compiler has to name every table.

interface Fake {
  readonly title: string;
  /** What is replaced wherever it stands in src/, and by what. */
  readonly from: string;
  readonly to: string;
  /** The files that the compiler names: those that a founder has to visit. */
  readonly demandedBy: readonly string[];
}

const FAKES: readonly Fake[] = [
  {
    title: 'graph operation',
    from: 'export type GraphNode =\n',
    to: "export type GraphNode =\n  | (NodeBase & { readonly op: 'Fake' })\n",
    demandedBy: ['src/forward/operators/table.ts', 'src/lrp/analysis.ts', 'src/lrp/handlers.ts'],
  },
  {
    title: 'weight map',
    from: 'export type WeightMap =\n',
    to: "export type WeightMap =\n  | { readonly kind: 'fake' }\n",
    demandedBy: ['src/kernels/shared/maps.ts'],
  },
  {
    title: 'epilogue',
    from: "'none' | 'relu' | ",
    to: "'none' | 'relu' | 'fake' | ",
    demandedBy: [
      'src/kernels/conv/wasm.ts',
      'src/kernels/dense/wasm.ts',
      'src/kernels/shared/reference-epilogue.ts',
      'src/kernels/shared/webgpu-epilogue.ts',
    ],
  },
];

/** Names of the files in which the compiler finds errors after a replacement in a copy of src/. */
function filesInError(replacement?: { readonly from: string; readonly to: string }): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'salient-tables-'));
  try {
    for (const name of ['src', 'tsconfig.json', 'package.json']) {
      cpSync(join(repositoryRoot, name), join(folder, name), { recursive: true });
    }
    symlinkSync(join(repositoryRoot, 'node_modules'), join(folder, 'node_modules'));
    if (replacement !== undefined) replaceIn(folder, replacement.from, replacement.to);
    const tsc = join(repositoryRoot, 'node_modules', 'typescript', 'bin', 'tsc');
    const { stdout } = spawnSync(process.execPath, [tsc, '-p', folder, '--noEmit', '--pretty', 'false'], {
      cwd: folder,
      encoding: 'utf8',
    });
    return [...new Set([...stdout.matchAll(/^(\S+)\(\d+,\d+\): error/gm)].map(([, file]) => file!))].sort();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function replaceIn(folder: string, from: string, to: string): void {
  const found = [...readImports(folder, ['src']).keys()].filter((file) => {
    const text = readFileSync(join(folder, file), 'utf8');
    if (text.includes(from)) writeFileSync(join(folder, file), text.replaceAll(from, to));
    return text.includes(from);
  });
  assert.ok(found.length > 0, `no file of src/ holds ${JSON.stringify(from)}`);
}

test('the copy of src/ compiles as it is', () => assert.equal(filesInError(), []));

for (const { title, from, to, demandedBy } of FAKES) {
  test(`the compiler names every table in which a new ${title} is missing`, () => {
    assert.equal(filesInError({ from, to }), demandedBy);
  });
}

test.run();
