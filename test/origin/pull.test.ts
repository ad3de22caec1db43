import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { hasChromium, ISOLATED, type Page, rendererMemory, withPage, withServer } from '../support/chromium.ts';
import { salient } from '../support/cli.ts';
import { BYTES, cutAfter, type Handler, MODEL, SHA256, serve, serveBytes } from '../support/model-server.ts';
import { repositoryRoot } from '../support/paths.ts';
import { skipped } from '../support/platform.ts';

const made = spawnSync(process.execPath, [`${repositoryRoot}web/bundle.mjs`], { encoding: 'utf8' });
assert.is(made.status, 0, made.stderr);

/** What a call in the page came to. */
interface Answer {
  readonly size?: number;
  readonly sha256?: string;
  readonly code?: string;
  readonly message?: string;
  /** Bytes that were said to be here, first and last. */
  readonly progress: readonly [number, number];
}

interface At {
  readonly page: Page;
  /** Of the mirror. */
  readonly address: string;
  /** Pulls a file of the mirror; `change`: what else is in its description, as JavaScript. */
  pull(file: string, change?: string, settings?: string): Promise<Answer>;
  stored(): Promise<unknown>;
  /** What the mirror was asked, since the last look. */
  asked(): string[];
  answer(handler: Handler): void;
}

const HELPERS = `
  globalThis.library = await import('/dist/salient-relevance.browser.js');
  globalThis.worker = await library.openWorker({ device: 'wasm', threads: 1 });
  globalThis.pull = async (wanted, settings) => {
    const progress = [];
    const onDownload = (done) => { progress[progress.length ? 1 : 0] = done; };
    try {
      const blob = await worker.pullModel(wanted, { patience: 400, retries: 2, pause: 5, onDownload, ...settings });
      const digest = await crypto.subtle.digest('SHA-256', await blob.arrayBuffer());
      const sha256 = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
      return { size: blob.size, sha256, progress };
    } catch ({ code, message }) {
      return { code, message, progress };
    }
  };`;

/** A page with a worker, and beside its server another one, of another origin, that has the models. */
async function inPage(use: (at: At) => Promise<void>): Promise<void> {
  if (!hasChromium()) return skipped('Chromium', 'it is not installed');
  let handler: Handler = serve;
  const requests: string[] = [];
  const mirror = createServer((request, response) => {
    response.setHeader('access-control-allow-origin', '*');
    requests.push(`${request.url} ${request.headers.range ?? 'whole'}`);
    handler(request, response, requests.length);
  });
  await new Promise<void>((resolve) => mirror.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(mirror.address() as AddressInfo).port}`;
  try {
    await withServer(
      repositoryRoot,
      (origin) =>
        withPage(async (page) => {
          await page.goto(origin);
          await page.evaluate(`(async () => { ${HELPERS} })()`);
          await use({
            page,
            address,
            pull: (file, change = '', settings = '{}') =>
              page.evaluate(`pull({ file: '${file}', bytes: ${MODEL.bytes}, sha256: '${SHA256}',
                addresses: ['${address}/${file}'], ${change} }, ${settings})`),
            stored: () => page.evaluate('library.storedModels()'),
            asked: () => requests.splice(0),
            answer: (next) => {
              handler = next;
            },
          });
        }),
      ISOLATED,
    );
  } finally {
    mirror.closeAllConnections();
    mirror.close();
  }
}

const notFound: Handler = (_, response) => void response.writeHead(404).end();

test('a model is downloaded whole, kept with its size, there at once afterwards, and removed', () =>
  inPage(async ({ page, pull, stored, asked }) => {
    const first = await pull('a.onnx');
    assert.equal(first, { size: BYTES.length, sha256: SHA256, progress: [0, BYTES.length] });
    assert.equal(await stored(), [{ file: 'a.onnx', bytes: BYTES.length, whole: true }]);
    assert.equal(asked(), ['/a.onnx whole']);
    assert.is((await pull('a.onnx')).size, BYTES.length);
    assert.equal(asked(), []);
    assert.is(await page.evaluate(`library.storedModel('a.onnx').then((blob) => blob.size)`), BYTES.length);
    assert.is(await page.evaluate(`library.removeStoredModel('a.onnx')`), true);
    assert.is(await page.evaluate(`library.removeStoredModel('a.onnx')`), false);
    assert.equal(await stored(), []);
    assert.is(await page.evaluate(`library.storedModel('a.onnx').then(String)`), 'undefined');
  }));

test('what breaks off is gone on with: by itself, after a stall, after an abort, after the page was reloaded', () =>
  inPage(async ({ page, pull, stored, asked, answer }) => {
    answer((request, response, count) =>
      count === 1 ? cutAfter(100_000, request, response) : serve(request, response),
    );
    assert.is((await pull('cut.onnx')).sha256, SHA256);
    assert.equal(asked(), ['/cut.onnx whole', '/cut.onnx bytes=100000-']);

    const stall: Handler = (request, response, count) => {
      if (count > 1) return serve(request, response);
      response.writeHead(200, { 'content-length': BYTES.length }).write(BYTES.subarray(0, 50_000));
    };
    answer(stall);
    assert.is((await pull('stalled.onnx')).sha256, SHA256);
    assert.equal(asked(), ['/stalled.onnx whole', '/stalled.onnx bytes=50000-']);

    answer(stall);
    const aborted = await pull('aborted.onnx', '', `{ patience: 60000, signal: AbortSignal.timeout(300) }`);
    assert.equal([aborted.code, aborted.message], ['aborted', 'the download of aborted.onnx was interrupted']);
    assert.is((await pull('aborted.onnx')).progress[0], 50_000);
    assert.equal(asked(), ['/aborted.onnx whole', '/aborted.onnx bytes=50000-']);

    answer(stall);
    void pull('reloaded.onnx', '', '{ patience: 60000 }').catch(() => undefined);
    await pause(300);
    await page.evaluate('worker.close()');
    await page.evaluate(`(async () => { ${HELPERS} })()`);
    const parts = (await stored()) as { file: string; bytes: number; whole: boolean }[];
    assert.equal(
      parts.find(({ file }) => file === 'reloaded.onnx'),
      { file: 'reloaded.onnx', bytes: 50_000, whole: false },
    );
    assert.is((await pull('reloaded.onnx')).sha256, SHA256);
    assert.equal(asked(), ['/reloaded.onnx whole', '/reloaded.onnx bytes=50000-']);
  }));

test('a server without ranges begins again; two calls at once download once; the next address where one has none', () =>
  inPage(async ({ page, pull, asked, answer }) => {
    answer((request, response, count) =>
      count === 1 ? cutAfter(1000, request, response) : void response.writeHead(200).end(BYTES),
    );
    assert.is((await pull('whole.onnx')).sha256, SHA256);
    assert.equal(asked(), ['/whole.onnx whole', '/whole.onnx bytes=1000-']);

    answer((request, response) => void setTimeout(() => serve(request, response), 200));
    const both = await Promise.all([pull('twice.onnx'), pull('twice.onnx')]);
    assert.equal(
      both.map(({ sha256 }) => sha256),
      [SHA256, SHA256],
    );
    assert.equal(asked(), ['/twice.onnx whole']);

    const origin = await page.evaluate<string>('location.origin');
    const here = await pull('next.onnx', `addresses: ['/no-such-file', '${origin}/models/scenes-vgg.onnx'], bytes: 1`);
    assert.is(here.code, 'bad-file');
    assert.match(here.message!, /scenes-vgg\.onnx has \d+ bytes, expected 1:/);
  }));

test('what cannot be: one line, nothing kept that is not checked', () =>
  inPage(async ({ page, pull, stored, asked, answer }) => {
    answer(notFound);
    const missing = await pull('a.onnx');
    assert.is(missing.code, 'io');
    assert.match(missing.message!, /^a\.onnx is not where it was: http:\S+\/a\.onnx: the server answered 404$/);

    answer((request, response) => serveBytes(Buffer.from(BYTES).fill(7, 9, 10), request, response));
    const wrong = await pull('a.onnx');
    assert.is(wrong.code, 'bad-file');
    assert.match(wrong.message!, /its SHA-256 is [0-9a-f]{64}, expected [0-9a-f]{64}/);

    answer((request, response) => cutAfter(1000, request, response));
    const broken = await pull('b.onnx');
    assert.is(broken.code, 'io');
    assert.match(broken.message!, /broke off at 3000 of 300000 bytes .*; try again to go on from there$/);
    assert.is(asked().filter((line) => line.startsWith('/b.onnx')).length, 3);

    answer((_, response) => void response.writeHead(200, { 'content-length': 10 }).end(BYTES.subarray(0, 10)));
    await page.evaluate(`library.removeStoredModel('b.onnx')`);
    assert.is((await pull('b.onnx')).code, 'bad-file');
    for (const name of ['../x.onnx', '', 'x.part']) assert.is((await pull(name)).code, 'bad-argument');

    // A file that a broken download left may be of other bytes: it is thrown away once.
    answer((request, response) => serveBytes(Buffer.alloc(BYTES.length), request, response));
    await pull('c.onnx', '', '{ signal: AbortSignal.timeout(1) }');
    answer(serve);
    assert.is((await pull('c.onnx')).sha256, SHA256);
    await page.evaluate(`library.removeStoredModel('c.onnx')`);
    const whole = ((await stored()) as { whole: boolean }[]).filter((each) => each.whole);
    assert.equal(whole, []);
  }));

test('a model that there is no room for is refused in one line, before anything is downloaded', () =>
  inPage(async ({ page, pull, asked }) => {
    const quota = await page.evaluate<number>('navigator.storage.estimate().then(({ quota }) => quota)');
    const full = await pull('a.onnx', `bytes: ${2 * quota}`);
    assert.is(full.code, 'io');
    assert.match(
      full.message!,
      /^a\.onnx takes [\d.]+ MB, but the browser leaves this page [\d.]+ MB; remove other models, or free some of the disk$/,
    );
    assert.equal(asked(), []);
  }));

test('AlexNet’s 244 MB arrive, are checked and opened in at most 1.5 times the file’s size of memory', () =>
  inPage(async ({ page, address, answer }) => {
    const path = join(tmpdir(), `salient-origin-${process.pid}.onnx`);
    const { code, stderr } = await salient('model', 'make', 'alexnet', '--out', path);
    assert.is(code, 0, stderr);
    const bytes = readFileSync(path);
    rmSync(path);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    answer((request, response) => serveBytes(bytes, request, response));
    const before = await rendererMemory(page);
    const classes = await page.evaluate<number>(`(async () => {
      const wanted = { file: 'large.onnx', bytes: ${bytes.length}, sha256: '${sha256}', addresses: ['${address}/large.onnx'] };
      globalThis.started = performance.now();
      const blob = await worker.pullModel(wanted, {});
      globalThis.pulled = performance.now();
      globalThis.model = await worker.loadModel(blob, { sha256: wanted.sha256 });
      return model.labels.length;
    })()`);
    assert.is(classes, 1000);
    const after = await rendererMemory(page);
    const share = (after.most - before.now) / bytes.length;
    const seconds = await page.evaluate<number>('(pulled - started) / 1000');
    console.log(
      `${bytes.length} bytes pulled in ${seconds.toFixed(1)} s; memory at most ${share.toFixed(2)} × the file`,
    );
    assert.ok(share <= 1.5, `it took ${share.toFixed(2)} times the file's size`);
  }));

test.run();
