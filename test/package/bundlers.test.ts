import { copyFileSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build as esbuild } from 'esbuild';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { hasChromium, ISOLATED, withPage, withServer } from '../support/chromium.ts';
import { repositoryRoot } from '../support/paths.ts';
import { skipped } from '../support/platform.ts';
import { packed, putFiles } from './packed.ts';

const { project } = packed();
const require = createRequire(`${repositoryRoot}test/package.json`);

/** A page's program: the library on the page's thread, then in a worker. */
const APP = `
import { loadModel, openDevice } from 'salient-relevance';
import { drawMap, drawOverlay } from 'salient-relevance/canvas';
import { openWorker } from 'salient-relevance/worker';
window.run = async () => {
  const photo = await createImageBitmap(await (await fetch('/snail.png')).blob());
  const device = await openDevice('wasm', { threads: 2 });
  const model = await loadModel(device, '/scenes-vgg.onnx');
  const here = await model.explain(photo);
  const worker = await openWorker({ device: 'wasm', threads: 2 });
  const there = await (await worker.loadModel(await (await fetch('/scenes-vgg.onnx')).blob())).explain(photo);
  const canvas = document.createElement('canvas');
  drawMap(canvas, here.relevance);
  const sizes = [canvas.width, canvas.height];
  drawOverlay(canvas, here.shown, here.salient);
  const answer = {
    top: [here.classes[0].label, there.classes[0].label],
    threads: [device.threads, worker.threads],
    same: here.relevance.data.every((value, i) => value === there.relevance.data[i]),
    sizes,
  };
  worker.close();
  device.close();
  return answer;
};
`;

async function runs(folder: string): Promise<void> {
  copyFileSync(`${repositoryRoot}models/scenes-vgg.onnx`, join(folder, 'scenes-vgg.onnx'));
  copyFileSync(`${repositoryRoot}models/samples/snail-2000006.png`, join(folder, 'snail.png'));
  const headers = {
    ...ISOLATED,
    'content-security-policy': "default-src 'self'; img-src data:; script-src 'self' 'wasm-unsafe-eval'",
  };
  await withServer(
    folder,
    (origin) =>
      withPage(async (page) => {
        const errors: string[] = [];
        page.on('console', (message) => errors.push(message.text?.() ?? ''));
        page.on('pageerror', (error) => errors.push(error.message ?? ''));
        await page.goto(`${origin}/index.html`);
        const answer = await page.evaluate<unknown>('window.run()');
        assert.equal(answer, { top: ['snail', 'snail'], threads: [2, 2], same: true, sizes: [128, 128] });
        assert.equal(errors, []);
      }),
    headers,
  );
}

test('Vite builds an app without a warning; in the page, threads and the worker start under a strict CSP', async () => {
  if (!hasChromium()) return skipped('Chromium', 'it is not installed');
  putFiles(project, {
    'package.json': '{ "type": "module", "private": true }',
    'index.html':
      '<!doctype html><title>app</title><link rel="icon" href="data:,"><script type="module" src="./main.js"></script>',
    'main.js': APP,
  });
  const { build, createLogger } = await import(pathToFileURL(require.resolve('vite')).href);
  const warnings: string[] = [];
  const logger = createLogger('silent');
  logger.warn = (message: string) => warnings.push(message);
  logger.warnOnce = logger.warn;
  // Threads are modules, as this package's workers are.
  await build({
    root: project,
    customLogger: logger,
    worker: { format: 'es' },
    build: { outDir: 'vite', assetsInlineLimit: 0 },
  });
  assert.equal(warnings, []);
  const scripts = readdirSync(join(project, 'vite/assets')).filter((name) => name.endsWith('.js'));
  for (const script of scripts) {
    assert.not.match(readFileSync(join(project, 'vite/assets', script), 'utf8'), /from\s*["']node:|import\(["']node:/);
  }
  await runs(join(project, 'vite'));
});

test('esbuild bundles for a browser without a word, and no module of Node is left in it', async () => {
  putFiles(project, { 'main.js': APP, 'package.json': '{ "type": "module", "private": true }' });
  const { warnings, outputFiles } = await esbuild({
    entryPoints: [join(project, 'main.js')],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    splitting: true,
    outdir: join(project, 'esbuild'),
    write: false,
    logLevel: 'silent',
  });
  assert.equal(warnings, []);
  for (const { text } of outputFiles) assert.not.match(text, /from\s*["']node:|import\(["']node:/);
});

test.run();
