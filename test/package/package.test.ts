import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { repositoryRoot } from '../support/paths.ts';
import { skipped } from '../support/platform.ts';
import { packed, putFiles } from './packed.ts';

const { tarball, bytes, files, project } = packed();
const home = join(project, 'node_modules', 'salient-relevance');
const require = createRequire(`${repositoryRoot}test/package.json`);
const load = async (name: string) => await import(pathToFileURL(require.resolve(name)).href);

/** Bytes of the tarball without the second bundled network. */
const MOST_BYTES = 3.5e6;
const MOST_INSTALLED = 15e6;

test('the package holds what it is to hold, no more, and is small', () => {
  const kinds = new Set([...files.keys()].map((path) => path.replace(/^(dist\/src)\/.*/, '$1/')));
  assert.equal([...kinds].sort(), [
    'LICENSE',
    'README.md',
    'dist/salient-relevance.browser.js',
    'dist/salient-relevance.classes.js',
    'dist/src/',
    'models/README.md',
    'models/scenes-alexnet.onnx',
    'models/scenes-vgg.onnx',
    'package.json',
  ]);
  assert.equal(
    [...files.keys()].filter((path) => /\.map$|\.test\.|generated\.d\.ts\.map|\.env|\.part$/.test(path)),
    [],
  );
  const second = gzipSync(readFileSync(`${repositoryRoot}models/scenes-alexnet.onnx`)).length;
  const installed = [...files.values()].reduce((sum, size) => sum + size, 0);
  console.log(`package: ${bytes} bytes, ${bytes - second} without the second network; installed ${installed}`);
  assert.ok(bytes - second <= MOST_BYTES, `the tarball has ${bytes - second} bytes without the second network`);
  assert.ok(installed <= MOST_INSTALLED, `installed, the package has ${installed} bytes`);
});

test('it depends on no other package, runs no script on installation, and its metadata is whole', () => {
  const manifest = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
  assert.is(manifest.dependencies, undefined);
  assert.equal(Object.keys(manifest.peerDependencies).sort(), Object.keys(manifest.peerDependenciesMeta).sort());
  for (const name of ['preinstall', 'install', 'postinstall', 'prepare', 'prepublish']) {
    assert.is(manifest.scripts[name], undefined, name);
  }
  for (const target of Object.values(manifest.exports as Record<string, string | Record<string, string>>)) {
    for (const path of typeof target === 'string' ? [target] : Object.values(target)) {
      if (!path.includes('*')) assert.ok(existsSync(join(home, path)), path);
    }
  }
});

test('publint and arethetypeswrong find nothing', async () => {
  const { publint } = await load('publint');
  const { formatMessage } = await load('publint/utils');
  const { messages, pkg } = await publint({ pkgDir: home, level: 'warning', strict: true });
  assert.equal(
    messages.map((message: unknown) => formatMessage(message, pkg)),
    [],
  );
  const { checkPackage, createPackageFromTarballData } = await load('@arethetypeswrong/core');
  const { problems } = await checkPackage(createPackageFromTarballData(new Uint8Array(readFileSync(tarball))));
  // CommonJS and node10 resolution are not promised: the package is ESM alone.
  const ours = problems.filter(({ kind, resolutionKind }: { kind: string; resolutionKind?: string }) => {
    return kind !== 'CJSResolvesToESM' && resolutionKind !== 'node10' && kind !== 'NoResolution';
  });
  assert.equal(ours, []);
});

const TYPED = `
import { loadModel, openDevice, SalientError, type Explanation } from 'salient-relevance';
import { drawMap, type Colours } from 'salient-relevance/canvas';
import { openWorker } from 'salient-relevance/worker';
import { openDevice as inBrowser } from 'salient-relevance/browser';
export async function run(bytes: Uint8Array, data: Float32Array): Promise<Explanation> {
  const device = await openDevice('wasm', { threads: 2 });
  const model = await loadModel(device, bytes);
  const explanation = await model.explain({ shape: [3, 224, 224], data }, { composite: 'epsilon-plus', saliency: false });
  const worker = await openWorker({ device: 'wasm' });
  const other: Explanation = await (await worker.loadModel(bytes)).explain({ shape: [3, 224, 224], data });
  worker.close();
  const colours: Colours = 'diverging';
  console.log(other.classes, colours, drawMap, inBrowser);
  // @ts-expect-error: there is no such option
  await model.explain({ shape: [3, 224, 224], data }, { compositte: 'x' });
  if (explanation.relevance.shape.length !== 3) throw new SalientError('bad-tensor', 'never');
  return explanation;
}
declare const console: { log(...values: unknown[]): void };
`;

for (const [name, compiler] of [
  ['TypeScript 7', `${repositoryRoot}node_modules/typescript/bin/tsc`],
  ['TypeScript 5.6', `${repositoryRoot}test/node_modules/typescript/bin/tsc`],
]) {
  for (const [moduleResolution, module] of [
    ['nodenext', 'nodenext'],
    ['bundler', 'esnext'],
  ]) {
    test(`${name}, ${moduleResolution}, every library checked, neither DOM nor Node in sight`, () => {
      const compilerOptions = {
        strict: true,
        skipLibCheck: false,
        noEmit: true,
        exactOptionalPropertyTypes: true,
        target: 'es2022',
        lib: ['es2022', 'esnext.disposable'],
        types: [],
        module,
        moduleResolution,
      };
      putFiles(project, {
        'package.json': '{ "type": "module", "private": true }',
        'types/main.ts': TYPED,
        'types/tsconfig.json': JSON.stringify({ compilerOptions, files: ['main.ts'] }),
      });
      const { status, stdout } = spawnSync(process.execPath, [compiler!, '-p', 'types'], {
        cwd: project,
        encoding: 'utf8',
      });
      assert.is(status, 0, stdout);
    });
  }
}

test('in an empty Node project: library and worker explain alike, and the command runs', () => {
  putFiles(project, {
    'package.json': '{ "type": "module", "private": true }',
    'node.js': `
import { readFile } from 'node:fs/promises';
import { decodeImage, loadModel, openDevice } from 'salient-relevance';
import { openWorker } from 'salient-relevance/worker';
const path = (name) => new URL(import.meta.resolve('salient-relevance/models/' + name));
const photo = await decodeImage(await readFile(process.argv[2]));
const device = await openDevice('wasm', { threads: 2 });
const here = await (await loadModel(device, path('scenes-vgg.onnx'))).explain(photo);
const worker = await openWorker({ device: 'wasm', threads: 2 });
const model = await worker.loadModel(path('scenes-vgg.onnx'));
let ticks = 0;
const clock = setInterval(() => ticks++, 1);
let phases = 0;
const there = await model.explain(photo, { onProgress: () => phases++ });
clearInterval(clock);
const same = (a, b) => a.length === b.length && a.every((value, i) => value === b[i]);
const refused = await model.explain(photo, { composite: 'nonsense' }).catch((error) => error.code);
const controller = new AbortController();
const aborted = model.explain(photo, { signal: controller.signal, method: 'smoothgrad' }).catch((error) => error.code);
setTimeout(() => controller.abort(), 50);
const code = await aborted;
const late = model.explain(photo).catch((error) => error.code);
worker.close();
console.log(JSON.stringify([here.classes[0].label, same(here.relevance.data, there.relevance.data),
  same(here.salient.data, there.salient.data), worker.threads, ticks > 5, phases > 0, refused, code, await late]));
device.close();
`,
  });
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['node.js', `${repositoryRoot}models/samples/snail-2000006.png`],
    {
      cwd: project,
      encoding: 'utf8',
      timeout: 60_000,
    },
  );
  assert.is(status, 0, stderr);
  assert.equal(JSON.parse(stdout), ['snail', true, true, 2, true, true, 'bad-argument', 'aborted', 'closed']);
  const cli = join(home, 'dist/src/cli/main.js');
  const made = spawnSync(process.execPath, [cli, 'model', 'make', 'alexnet', '--out', 'a.onnx'], {
    cwd: project,
    encoding: 'utf8',
  });
  assert.is(made.status, 1);
  assert.match(made.stderr, /^salient: .*the package onnx-proto is missing; `npm install onnx-proto` adds it\n$/);
});

test('jsr.json says the same version and exports as package.json', () => {
  const path = `${repositoryRoot}jsr.json`;
  if (!existsSync(path)) return skipped('JSR', 'there is no jsr.json');
  const jsr = JSON.parse(readFileSync(path, 'utf8'));
  const manifest = JSON.parse(readFileSync(`${repositoryRoot}package.json`, 'utf8'));
  assert.is(jsr.version, manifest.version);
});

test.run();
