import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { repositoryRoot } from './support/paths.ts';

/** What each room of src/ may import beside itself; files at the top of src/ stand under their own names. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  'error.ts': [],
  'version.ts': [],
  tensor: ['error.ts'],
  graph: ['error.ts', 'tensor'],
  kernels: ['error.ts', 'tensor'],
  onnx: ['error.ts', 'graph', 'tensor'],
  forward: ['error.ts', 'graph', 'tensor', 'kernels'],
  lrp: ['error.ts', 'graph', 'tensor', 'kernels', 'forward'],
  saliency: ['error.ts', 'tensor', 'kernels'],
  image: ['error.ts', 'tensor'],
  evaluate: ['error.ts', 'tensor', 'index.ts'],
};

const IMPORT = /(?:from|import)\s*\(?\s*'(\.[^']+)'/g;

function roomOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : path;
}

test('no room imports what the architecture forbids', () => {
  const root = `${repositoryRoot}src/`;
  const files = readdirSync(root, { recursive: true })
    .map((file) => String(file).replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.ts'));
  assert.ok(files.length > 80, `only ${files.length} files found`);
  const broken: string[] = [];
  for (const file of files) {
    const room = roomOf(file);
    const allowed = ALLOWED[room];
    if (allowed === undefined) continue;
    for (const [, target] of readFileSync(root + file, 'utf8').matchAll(IMPORT)) {
      const path = join(file, '..', target!).replaceAll('\\', '/');
      if (roomOf(path) !== room && !allowed.includes(roomOf(path)) && !allowed.includes(path)) {
        broken.push(`${file} imports ${path}`);
      }
    }
  }
  assert.equal(broken, []);
});

test.run();
