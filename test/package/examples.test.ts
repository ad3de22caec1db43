import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { hasChromium, ISOLATED, withPage, withServer } from '../support/chromium.ts';
import { repositoryRoot } from '../support/paths.ts';
import { skipped } from '../support/platform.ts';
import { packed } from './packed.ts';

const { project } = packed();
const home = join(project, 'node_modules', 'salient-relevance');
const model = join(home, 'models/scenes-vgg.onnx');
const photo = `${repositoryRoot}models/samples/snail-2000006.png`;
const require = createRequire(`${repositoryRoot}test/package.json`);

cpSync(`${repositoryRoot}examples`, project, { recursive: true });

/** In a page: gives a file to an input as if it were chosen, and waits for what is said then. */
const choose = (id: string, url: string, said: string) => `(async () => {
  const blob = await (await fetch('${url}')).blob();
  const chosen = new DataTransfer();
  chosen.items.add(new File([blob], '${url}'.slice(1)));
  const input = document.getElementById('${id}');
  input.files = chosen.files;
  input.dispatchEvent(new Event('change'));
  const answer = document.getElementById('answer');
  for (let i = 0; i < 400 && !/${said}/.test(answer.textContent); i++) await new Promise((resolve) => setTimeout(resolve, 25));
  return answer.textContent;
})()`;

test('no example has over 40 lines', () => {
  for (const name of readdirSync(`${repositoryRoot}examples`, { recursive: true }).map(String)) {
    if (!/\.(js|ts|html)$/.test(name)) continue;
    const lines = readFileSync(`${repositoryRoot}examples/${name}`, 'utf8').split('\n').length - 1;
    assert.ok(lines <= 40, `${name} has ${lines} lines`);
  }
});

test('plain HTML: one module beside the page, no build step', async () => {
  if (!hasChromium()) return skipped('Chromium', 'it is not installed');
  const folder = join(project, 'html');
  copyFileSync(join(home, 'dist/salient-relevance.browser.js'), join(folder, 'salient-relevance.browser.js'));
  copyFileSync(model, join(folder, 'scenes-vgg.onnx'));
  copyFileSync(photo, join(folder, 'snail.png'));
  await withServer(folder, (origin) =>
    withPage(async (page) => {
      await page.goto(`${origin}/index.html`);
      const ready = `new Promise((resolve) => { const clock = setInterval(() => {
        const { textContent } = document.getElementById('answer');
        if (textContent.startsWith('ready')) { clearInterval(clock); resolve(textContent); } }, 20); })`;
      assert.match(await page.evaluate<string>(ready), /^ready: wasm \(.*1 thread.*not cross-origin isolated/);
      assert.match(await page.evaluate<string>(choose('photo', '/snail.png', 'snail')), /^snail, 9\d\.\d %$/);
      assert.is(await page.evaluate<number>(`document.getElementById('map').width`), 128);
    }),
  );
});

test('Vite: a model and a photograph are chosen', async () => {
  if (!hasChromium()) return skipped('Chromium', 'it is not installed');
  const { build } = await import(pathToFileURL(require.resolve('vite')).href);
  const root = join(project, 'vite');
  await build({ root, logLevel: 'silent' });
  copyFileSync(model, join(root, 'dist/scenes-vgg.onnx'));
  copyFileSync(photo, join(root, 'dist/snail.png'));
  await withServer(
    join(root, 'dist'),
    (origin) =>
      withPage(async (page) => {
        await page.goto(`${origin}/index.html`);
        const opened = await page.evaluate<string>(choose('model', '/scenes-vgg.onnx', 'classes'));
        assert.match(opened, /^10 classes on wasm \(.*2 threads\)$/);
        assert.match(await page.evaluate<string>(choose('photo', '/snail.png', 'snail')), /^snail 9\d\.\d %, /);
      }),
    ISOLATED,
  );
});

test('a Node server explains what is posted to it, and says what is wrong with what is no picture', async () => {
  const server = spawn(process.execPath, [join(project, 'node/server.js'), model, '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const address = await new Promise<string>((resolve) =>
      server.stdout.once('data', (data) => resolve(String(data).trim())),
    );
    const post = (body: Uint8Array<ArrayBuffer>) => fetch(address, { method: 'POST', body });
    const good = (await (await post(new Uint8Array(readFileSync(photo)))).json()) as {
      classes: { label: string }[];
      relevance: number[];
    };
    assert.is(good.classes[0]!.label, 'snail');
    assert.is(good.relevance.length, 3 * 128 * 128);
    const bad = await post(Uint8Array.of(1, 2, 3));
    assert.is(bad.status, 400);
    assert.match(await bad.text(), /^[^\n]+\n$/);
  } finally {
    server.kill();
  }
});

test('Deno runs the library out of node_modules', () => {
  const deno = `${repositoryRoot}test/node_modules/@deno/linux-x64-glibc/deno`;
  if (!existsSync(deno)) return skipped('Deno', 'its binary is not installed');
  mkdirSync(join(project, 'deno'), { recursive: true });
  const words = ['run', '--node-modules-dir=manual', '--allow-read', 'deno/explain.ts', model, photo];
  const env = { ...process.env, DENO_NO_UPDATE_CHECK: '1', NO_COLOR: '1' };
  const { status, stdout, stderr } = spawnSync(deno, words, { cwd: project, encoding: 'utf8', env });
  assert.is(status, 0, stderr);
  assert.match(stdout, /^ 9\d\.\d % {2}snail\n/);
  assert.match(stdout, /wasm \((relaxed )?SIMD, 2 threads\)/);
});

test.run();
