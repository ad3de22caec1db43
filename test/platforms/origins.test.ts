import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { modelBytes } from '../../src/onnx/write.ts';
import { hasChromium, ISOLATED, type Page, withPage, withServer } from '../support/chromium.ts';
import { floats, modelDraft, node } from '../support/onnx.ts';
import { repositoryRoot } from '../support/paths.ts';
import { skipped } from '../support/platform.ts';

const MODULE = 'dist/salient-relevance.browser.js';
const made = spawnSync(process.execPath, [`${repositoryRoot}web/bundle.mjs`], { encoding: 'utf8' });
assert.is(made.status, 0, made.stderr);

/** A page whose folder holds these files; the package's are on another origin, `cdn`. */
async function besideCdn(
  files: (cdn: string) => Readonly<Record<string, string | Uint8Array>>,
  use: (page: Page, cdn: string) => Promise<void>,
): Promise<void> {
  if (!hasChromium()) return skipped('Chromium', 'it is not installed');
  const folder = mkdtempSync(join(tmpdir(), 'salient-origins-'));
  try {
    await withServer(
      repositoryRoot,
      async (cdn) => {
        for (const [name, content] of Object.entries(files(cdn))) writeFileSync(join(folder, name), content);
        const policy = `default-src 'none'; script-src 'self' ${cdn} 'wasm-unsafe-eval'; worker-src 'self' ${cdn}; connect-src 'self' ${cdn}`;
        await withServer(
          folder,
          (origin) =>
            withPage(async (page) => {
              const errors: string[] = [];
              page.on('pageerror', (error) => errors.push(error.message ?? ''));
              await page.goto(origin);
              await use(page, cdn);
              assert.equal(errors, []);
            }),
          { ...ISOLATED, 'content-security-policy': policy },
        );
      },
      { 'access-control-allow-origin': '*' },
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test('from a CDN’s origin: one line on the page’s own starts worker and threads; without it, it is said what is missing', () =>
  besideCdn(
    (cdn) => ({ 'worker.js': `import '${cdn}/${MODULE}';` }),
    async (page, cdn) => {
      const answer = await page.evaluate<Record<string, unknown>>(`(async () => {
        const salient = await import('${cdn}/${MODULE}');
        const bytes = async (path) => new Uint8Array(await (await fetch('${cdn}/' + path)).arrayBuffer());
        const photo = await salient.decodeImage(await bytes('models/samples/snail-2000006.png'));
        const refused = await salient.openWorker({ device: 'wasm' }).catch(({ code, message }) => [code, message]);
        const alone = await salient.openDevice('wasm', { threads: 2 });
        const here = await salient.openDevice('wasm', { threads: 2, workerUrl: '/worker.js' });
        const there = await salient.openWorker({ device: 'wasm', threads: 2, workerUrl: '/worker.js' });
        const mine = await salient.loadModel(here, '${cdn}/models/scenes-vgg.onnx');
        const its = await there.loadModel('${cdn}/models/scenes-vgg.onnx');
        const [a, b] = [await mine.explain(photo), await its.explain(photo)];
        const threads = [alone.threads, here.threads, there.threads];
        const why = alone.description;
        const same = a.relevance.data.every((value, i) => value === b.relevance.data[i]);
        for (const each of [alone, here, there]) each.close();
        return { refused, threads, why, same, top: b.classes[0].label };
      })()`);
      const [code, message] = answer.refused as [string, string];
      assert.is(code, 'no-device');
      assert.match(message, /^a worker cannot be started \(.*\); .*workerUrl names a module of the page's own origin/);
      assert.match(String(answer.why), /1 thread \(.*workerUrl/);
      assert.equal([answer.threads, answer.same, answer.top], [[1, 2, 2], true, 'snail']);
    },
  ));

const SERVICE = (cdn: string) => `
import * as salient from '${cdn}/${MODULE}';
import { IMAGENET_CLASSES } from '${cdn}/dist/salient-relevance.classes.js';
const bytes = async (path) => new Uint8Array(await (await fetch(path)).arrayBuffer());
const failure = (promise) => promise.then(String, ({ code, message }) => [code, message]);
async function run() {
  const device = await salient.openDevice('auto', { threads: 2 });
  const model = await salient.loadModel(device, '${cdn}/models/scenes-vgg.onnx');
  const photo = await salient.decodeImage(await bytes('${cdn}/models/samples/snail-2000006.png'));
  const { classes, relevance } = await model.explain(photo);
  const many = await bytes('/thousand.onnx');
  return {
    kind: device.kind,
    threads: device.threads,
    top: classes[0].label,
    finite: relevance.data.every(Number.isFinite),
    worker: await failure(salient.openWorker()),
    unnamed: await failure(salient.loadModel(device, many)),
    named: (await salient.loadModel(device, many, { labels: IMAGENET_CLASSES })).labels[0],
  };
}
self.onmessage = ({ ports: [port] }) => run().then((answer) => port.postMessage(answer),
  ({ stack }) => port.postMessage({ stack }));
`;

test('in a service worker, which refuses import() and has no workers, it explains on one thread', () => {
  const thousand = modelDraft(
    [1, 3, 1, 1],
    [node('Flatten', {}, ['x'], ['flat']), node('Gemm', { transB: { int: 1 } }, ['flat', 'w'], ['y'])],
    [floats('w', [1000, 3])],
  );
  return besideCdn(
    (cdn) => ({ 'service.js': SERVICE(cdn), 'thousand.onnx': modelBytes(thousand) }),
    async (page) => {
      const answer = await page.evaluate<Record<string, unknown>>(`(async () => {
        const registration = await navigator.serviceWorker.register('/service.js', { type: 'module' });
        await navigator.serviceWorker.ready;
        const { port1, port2 } = new MessageChannel();
        const answer = new Promise((resolve) => { port1.onmessage = ({ data }) => resolve(data); });
        registration.active.postMessage('run', [port2]);
        return answer;
      })()`);
      assert.is(answer.stack, undefined);
      assert.equal(
        [answer.kind, answer.threads, answer.top, answer.finite, answer.named],
        ['wasm', 1, 'snail', true, 'tench, Tinca tinca'],
      );
      const [code, message] = answer.unnamed as [string, string];
      assert.is(code, 'io');
      assert.match(message, /^ImageNet's class names cannot be loaded \(.*\); give labels/);
      assert.is((answer.worker as string[])[0], 'no-device');
    },
  );
});

test.run();
