import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeImage, loadModel, openDevice } from '../../src/index.ts';
import { hasChromium, ISOLATED, withPage, withServer } from '../support/chromium.ts';
import { repositoryRoot } from '../support/paths.ts';
import { skipped } from '../support/platform.ts';

/** Bytes that the module may take over the wire (gzip), the class names of ImageNet apart. */
const MOST_BYTES = 156_000;

const STRICT = {
  'content-security-policy':
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'",
};
const SCENE = 'models/samples/snail-2000006.png';
const MODEL = 'models/scenes-vgg.onnx';

/** What the page says of its run. */
interface Answer {
  readonly kind: string;
  readonly threads: number;
  readonly top: string;
  readonly relevance: number[];
  readonly salient: number[];
  readonly longest: number;
}

/** In the page: explains the scene, on this thread or in a worker. */
const explain = (inWorker: boolean, device: string) => `(async () => {
  const salient = await import('/dist/salient-relevance.browser.js');
  const bytes = async (path) => new Uint8Array(await (await fetch(path)).arrayBuffer());
  let longest = 0;
  let last = performance.now();
  const clock = setInterval(() => { const now = performance.now(); longest = Math.max(longest, now - last); last = now; }, 4);
  const opened = ${inWorker}
    ? await salient.openWorker({ device: '${device}', threads: ${device === 'wasm' ? 2 : 'undefined'} })
    : await salient.openDevice('${device}', ${device === 'wasm' ? '{ threads: 2 }' : '{}'});
  const model = ${inWorker} ? await opened.loadModel('/${MODEL}') : await salient.loadModel(opened, '/${MODEL}');
  const photo = await salient.decodeImage(await bytes('/${SCENE}'));
  const { classes, relevance, salient: map } = await model.explain(photo);
  clearInterval(clock);
  const answer = {
    kind: opened.kind, threads: opened.threads ?? 0, top: classes[0].label, longest,
    relevance: [...relevance.data], salient: [...map.data],
  };
  opened.close();
  return answer;
})()`;

test('the bundle is one small module, without node: and without other modules than the class names', () => {
  const made = spawnSync(process.execPath, [`${repositoryRoot}web/bundle.mjs`], { encoding: 'utf8' });
  assert.is(made.status, 0, made.stderr);
  const text = readFileSync(`${repositoryRoot}dist/salient-relevance.browser.js`, 'utf8');

  assert.not.match(text, /[^.]\beval\(|new Function\(/);
  const imports = [...text.matchAll(/\bimport\(?\s*["']([^"']+)["']|\bfrom\s*["']([^"']+)["']/g)];
  assert.equal([...new Set(imports.map((match) => match[1] ?? match[2]))], ['./salient-relevance.classes.js']);
  const bytes = gzipSync(text, { level: 9 }).length;
  assert.ok(bytes <= MOST_BYTES, `the module has ${bytes} bytes, gzipped`);
  console.log(`salient-relevance.browser.js: ${text.length} bytes, ${bytes} gzipped`);
});

test('a page with a strict CSP explains with it as Node does: here or in a worker, on two threads or on WebGPU', async () => {
  if (!hasChromium()) return skipped('Chromium', 'it is not installed');
  using device = await openDevice('wasm', { threads: 2 });
  using model = await loadModel(device, `${repositoryRoot}${MODEL}`);
  const expected = await model.explain(await decodeImage(readFileSync(`${repositoryRoot}${SCENE}`)));
  await withServer(
    repositoryRoot,
    (origin) =>
      withPage(async (page) => {
        const errors: string[] = [];
        page.on('console', (message) => errors.push(message.text?.() ?? ''));
        page.on('pageerror', (error) => errors.push(error.message ?? ''));
        await page.goto(origin);
        for (const [inWorker, kind] of [
          [false, 'wasm'],
          [true, 'wasm'],
          [true, 'webgpu'],
        ] as const) {
          const answer = await page.evaluate<Answer>(explain(inWorker, kind));
          assert.is(answer.kind, kind);
          assert.is(answer.threads, kind === 'wasm' ? 2 : 0);
          assert.is(answer.top, expected.classes[0]!.label);
          const bound = kind === 'wasm' ? 1e-6 : 1e-4;
          const largest = Math.max(...expected.relevance.data.map(Math.abs));
          const error = Math.max(...answer.relevance.map((value, i) => Math.abs(value - expected.relevance.data[i]!)));
          assert.ok(error <= bound * largest, `${kind}: relevance differs by ${error / largest}`);
          const off = Math.max(...answer.salient.map((value, i) => Math.abs(value - expected.salient!.data[i]!)));
          assert.ok(off <= 10 * bound, `${kind}: the SR map differs by ${off}`);
          console.log(
            `${kind}${inWorker ? ' in a worker' : ''}: the page's thread was busy for ${answer.longest.toFixed(0)} ms at most`,
          );
        }
        assert.equal(errors, []);
      }),
    { ...STRICT, ...ISOLATED },
  );
});

test.run();
