import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { importCircles, readImports } from './support/imports.ts';
import { repositoryRoot } from './support/paths.ts';

/** The rooms of src/ from the bottom up, and which of the rooms below each may import; all may import error.ts. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  tensor: [],
  graph: ['tensor'],
  image: ['tensor'],
  kernels: ['tensor'],
  evaluate: ['image', 'tensor'],
  onnx: ['graph', 'tensor'],
  forward: ['graph', 'kernels', 'tensor'],
  saliency: ['kernels', 'tensor'],
  reverse: ['forward', 'graph', 'kernels', 'tensor'],
  lrp: ['reverse', 'forward', 'graph', 'kernels', 'tensor'],
  gradient: ['reverse', 'forward', 'graph', 'kernels', 'tensor'],
  explain: ['lrp', 'gradient', 'reverse', 'saliency', 'evaluate', 'forward', 'image', 'graph', 'kernels', 'tensor'],
  model: ['explain', 'lrp', 'saliency', 'forward', 'onnx', 'image', 'graph', 'tensor'],
  compare: ['model', 'lrp', 'forward', 'graph', 'kernels', 'tensor'],
  store: ['model'],
  measure: ['model', 'explain', 'lrp', 'saliency', 'forward', 'onnx', 'image', 'graph', 'kernels', 'tensor'],
  experiments: ['model', 'explain', 'lrp', 'saliency', 'evaluate', 'image', 'graph', 'tensor'],
  origin: ['model'],
  worker: ['index.ts', 'origin', 'onnx', 'image', 'graph', 'tensor'],
  browser: ['index.ts', 'worker', 'image', 'tensor'],
  cli: [
    ...[
      'compare',
      'experiments',
      'evaluate',
      'store',
      'measure',
      'model',
      'explain',
      'lrp',
      'saliency',
      'forward',
      'onnx',
      'image',
      'graph',
      'tensor',
    ],
    'version.ts',
  ],
};

/** The files at the root of src/, and what each may import. */
const ROOT_FILES: Readonly<Record<string, readonly string[]>> = {
  'index.ts': ['compare', 'model', 'explain', 'lrp', 'saliency', 'image', 'graph', 'tensor'],
  'error.ts': [],
  'version.ts': [],
};

/** What is no part of the library, and what of src/ it may import; and folders that it may import beside itself. */
const OUTSIDE: Readonly<Record<string, readonly string[]>> = {
  bench: ['cli', 'measure', 'evaluate', 'model', 'lrp', 'saliency', 'forward', 'onnx', 'image', 'graph', 'tensor'],
  models: ['index.ts', 'bench/ort.ts', 'cli', 'measure', 'evaluate', 'saliency', 'forward', 'image', 'tensor'],
  'test/support': [
    'store',
    'model',
    'measure',
    'saliency',
    'forward',
    'onnx',
    'graph',
    'kernels',
    'tensor',
    'test/platforms',
  ],
};

/** Files that are known to be too long and have to be divided. */
const KNOWN_LONG: string[] = [];
const MOST_LINES = 400;
/** One entry a line: data, not something to read. */
const LISTS = ['src/image/imagenet-classes.ts'];

const source = readImports(repositoryRoot, ['src']);

/** A room's name (`lrp`), a file's at the root of src/ (`error.ts`), or a path outside src/. */
function roomOf(path: string): string {
  return path.startsWith('src/') ? path.split('/')[1]! : path;
}

test('every room of src/ is known, and its root holds the public API, errors and the version alone', () => {
  const entries = readdirSync(`${repositoryRoot}src`, { withFileTypes: true });
  const names = (folders: boolean) =>
    entries.filter((entry) => entry.isDirectory() === folders).map(({ name }) => name);
  assert.equal(names(true).sort(), Object.keys(ROOMS).sort());
  assert.equal(names(false).sort(), Object.keys(ROOT_FILES).sort());
});

test('no room imports what the architecture forbids', () => {
  const walls = { ...ROOMS, ...ROOT_FILES };
  const broken: string[] = [];
  for (const [file, targets] of source) {
    const room = roomOf(file);
    const open = [room, 'error.ts', ...(walls[room] ?? [])];
    for (const target of targets) if (!open.includes(roomOf(target))) broken.push(`${file} imports ${target}`);
  }
  assert.equal(broken, []);
});

test('a room imports from rooms below it only', () => {
  const order = Object.keys(ROOMS);
  for (const [room, allowed] of Object.entries(ROOMS)) {
    for (const other of allowed.filter((name) => name in ROOMS)) {
      assert.ok(order.indexOf(other) < order.indexOf(room), `${room} may import ${other}, which stands above it`);
    }
  }
});

test('benchmarks, models and what tests share import what they may', () => {
  const broken: string[] = [];
  for (const [folder, allowed] of Object.entries(OUTSIDE)) {
    const files = readImports(repositoryRoot, [folder]);
    assert.ok(files.size > 0, `${folder} holds no source`);
    for (const [file, targets] of files) {
      for (const target of targets) {
        const own = [folder, ...allowed].some((other) => target.startsWith(`${other}/`));
        if (!own && ![...allowed, 'error.ts'].includes(roomOf(target))) broken.push(`${file} imports ${target}`);
      }
    }
  }
  assert.equal(broken, []);
});

test('imports run in no circle, those of types included', () => {
  const circles = importCircles(source).map((files) =>
    [...new Set(files.map((file) => dirname(file).slice('src/'.length)))].join(', '),
  );
  assert.equal(circles, []);
});

test('a circle is found, a chain is not', () => {
  const imports = new Map([
    ['a.ts', ['b.ts']],
    ['b.ts', ['c.ts', 'd.ts']],
    ['c.ts', ['a.ts']],
    ['d.ts', ['e.ts']],
  ]);
  assert.equal(importCircles(imports), [['a.ts', 'b.ts', 'c.ts']]);
});

test(`no file has over ${MOST_LINES} lines but what is generated`, () => {
  const long: string[] = [];
  for (const folder of ['src', 'test', 'bench', 'models', 'docs', 'shaders', 'wasm']) {
    for (const entry of readdirSync(join(repositoryRoot, folder), { recursive: true }).map(String)) {
      const file = `${folder}/${entry.replaceAll('\\', '/')}`;
      if (!/\.(ts|js|mjs|py|wgsl)$/.test(file) || /\.generated\.ts$|node_modules/.test(file)) continue;
      const lines = readFileSync(join(repositoryRoot, file), 'utf8').split('\n').length - 1;
      if (lines > MOST_LINES && !LISTS.includes(file)) long.push(file);
    }
  }
  assert.equal(long.sort(), KNOWN_LONG, 'a file that became shorter leaves the list of known ones, too');
});

test.run();
