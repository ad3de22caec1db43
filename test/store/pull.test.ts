import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  BYTES,
  cutAfter,
  failure,
  here,
  MODEL,
  SHA256,
  serve,
  serveBytes,
  withServer,
} from '../support/model-server.ts';
import { repositoryRoot } from '../support/paths.ts';

test('the whole file arrives, once: the second call finds it', () =>
  withServer(serve, async ({ pull, folder, asked }) => {
    const seen: number[] = [];
    const first = await pull({ onProgress: (done) => seen.push(done) });
    assert.is(first.wasHere, false);
    assert.ok(readFileSync(first.path).equals(BYTES));
    assert.is(seen.at(-1), BYTES.length);
    assert.equal(here(folder), ['tiny-12.onnx']);
    assert.is((await pull()).wasHere, true);
    assert.equal(asked, ['/tiny-12/resolve/main/tiny-12.onnx whole']);
  }));

test('a line that is cut twice: each time it goes on where it was', () =>
  withServer(
    (request, response, count) => (count <= 2 ? cutAfter(100_000, request, response) : serve(request, response)),
    async ({ pull, folder, asked }) => {
      assert.ok(readFileSync((await pull()).path).equals(BYTES));
      assert.equal(
        asked.map((line) => line.split(' ')[1]),
        ['whole', 'bytes=100000-', 'bytes=200000-'],
      );
      assert.equal(here(folder), ['tiny-12.onnx']);
    },
  ));

test('a line that is always cut: one line that says how far it came; a later call goes on from there', async () => {
  let broken = true;
  await withServer(
    (request, response) => (broken ? cutAfter(50_000, request, response) : serve(request, response)),
    async ({ pull, folder, asked }) => {
      const error = await failure(pull());
      assert.is(error.code, 'io');
      assert.match(error.message, /broke off at 150000 of 300000 bytes .*call again to go on/);
      assert.equal(here(folder), ['tiny-12.onnx.part']);
      broken = false;
      assert.ok(readFileSync((await pull()).path).equals(BYTES));
      assert.match(asked.at(-1)!, /bytes=150000-$/);
    },
  );
});

test('a server that knows no ranges: from the beginning', () =>
  withServer(
    (request, response, count) => {
      if (count === 1) return cutAfter(100_000, request, response);
      delete request.headers.range;
      serve(request, response);
    },
    async ({ pull }) => assert.ok(readFileSync((await pull()).path).equals(BYTES)),
  ));

test('a server that sends another part than asked for, or none: from the beginning', () =>
  withServer(
    (request, response, count) => {
      if (count === 1) return cutAfter(100_000, request, response);
      if (count === 2) {
        response.writeHead(206, { 'content-range': `bytes 5-${BYTES.length - 1}/${BYTES.length}` });
        return response.end(BYTES.subarray(5));
      }
      if (count === 3) return response.writeHead(416).end();
      serve(request, response);
    },
    async ({ pull }) => assert.ok(readFileSync((await pull({ retries: 4 })).path).equals(BYTES)),
  ));

test('other bytes than known never get the name: wrong contents, wrong size', async () => {
  const wrong = Buffer.from(BYTES);
  wrong[200_000]! ^= 1;
  await withServer(
    (request, response) => serveBytes(wrong, request, response),
    async ({ pull, folder }) => {
      const error = await failure(pull());
      assert.is(error.code, 'bad-file');
      assert.match(error.message, new RegExp(`SHA-256 is [0-9a-f]{64}, expected ${SHA256}`));
      assert.equal(here(folder), []);
    },
  );
  await withServer(
    (request, response) => serveBytes(BYTES.subarray(0, 1000), request, response),
    async ({ pull, folder }) => {
      const error = await failure(pull());
      assert.is(error.code, 'bad-file');
      assert.match(error.message, /has 1000 bytes, expected 300000/);
      assert.equal(here(folder), []);
    },
  );
});

test('what an earlier version left half-way is thrown away where the whole turns out wrong', () =>
  withServer(serve, async ({ pull, folder, asked }) => {
    writeFileSync(join(folder, 'tiny-12.onnx.part'), Buffer.alloc(120_000, 7));
    assert.ok(readFileSync((await pull()).path).equals(BYTES));
    assert.equal(
      asked.map((line) => line.split(' ')[1]),
      ['bytes=120000-', 'whole'],
    );
  }));

test('a part that is longer than the file, or whole already', () =>
  withServer(serve, async ({ pull, folder, asked }) => {
    writeFileSync(join(folder, 'tiny-12.onnx.part'), Buffer.alloc(400_000, 7));
    assert.ok(readFileSync((await pull()).path).equals(BYTES));
    rmSync(join(folder, 'tiny-12.onnx'));
    writeFileSync(join(folder, 'tiny-12.onnx.part'), BYTES);
    assert.ok(readFileSync((await pull()).path).equals(BYTES));
    assert.is(asked.length, 1);
  }));

test('a file that is not there: one line with the address and what to do; no retries', () =>
  withServer(
    (_, response) => response.writeHead(404).end(),
    async ({ pull, folder, asked }) => {
      const error = await failure(pull());
      assert.is(error.code, 'io');
      assert.match(
        error.message,
        /tiny is not where it was: http:.*tiny-12\.onnx: the server answered 404; .*SALIENT_MIRROR/,
      );
      assert.is(asked.length, 1);
      assert.equal(here(folder), []);
    },
  ));

test('torchvision exports: the second candidate is tried where the first has no such file', () =>
  withServer(
    (request, response) =>
      request.url!.includes('torch_hub') ? response.writeHead(404).end() : serve(request, response),
    async ({ pull, asked }) => {
      await pull({ models: [{ ...MODEL, file: 'tiny_Opset17.onnx' }] });
      assert.equal(
        asked.map((line) => line.split(' ')[0]),
        ['/tiny_Opset17_torch_hub/resolve/main/tiny_Opset17.onnx', '/tiny_Opset17/resolve/main/tiny_Opset17.onnx'],
      );
    },
  ));

test('a server that stalls, or is busy, is asked again', () =>
  withServer(
    (request, response, count) => {
      if (count === 1) return; // says nothing
      if (count === 2) return response.writeHead(503).end();
      if (count === 3) {
        response.writeHead(200, { 'content-length': BYTES.length });
        return response.write(BYTES.subarray(0, 1000)); // and then nothing
      }
      serve(request, response);
    },
    async ({ pull, asked }) => {
      assert.ok(readFileSync((await pull({ retries: 3 })).path).equals(BYTES));
      assert.match(asked[3]!, /bytes=1000-$/);
    },
  ));

test('redirects are followed, to other hosts as well; not for ever, not elsewhere than http', () =>
  withServer(
    (request, response) => {
      if (request.url === '/there') return serve(request, response);
      if (request.url!.startsWith('/tiny-12')) return response.writeHead(302, { location: '/there' }).end();
      response
        .writeHead(302, { location: request.url!.startsWith('/loop') ? request.url : 'file:///etc/passwd' })
        .end();
    },
    async ({ pull, folder, address }) => {
      assert.ok(readFileSync((await pull()).path).equals(BYTES));
      rmSync(join(folder, 'tiny-12.onnx'));
      const mirrored = (path: string) => pull({ variables: { SALIENT_CACHE: folder, SALIENT_MIRROR: address + path } });
      assert.match((await failure(mirrored('/loop'))).message, /sends on more than 5 times/);
      assert.match(
        (await failure(mirrored('/out'))).message,
        /sends on to "file:\/\/\/etc\/passwd", which is not followed/,
      );
    },
  ));

test('two calls at once download it once', () =>
  withServer(
    (request, response) => setTimeout(() => serve(request, response), 100),
    async ({ pull, asked }) => {
      let waits = 0;
      const onWait = () => waits++;
      const results = await Promise.all([pull({ onWait }), pull({ onWait }), pull({ onWait })]);
      assert.equal(results.map(({ wasHere }) => wasHere).sort(), [false, true, true]);
      assert.is(waits, 2);
      assert.is(asked.length, 1);
    },
  ));

test('an abort ends it at once, with one code; what arrived is kept', () =>
  withServer(
    (_, response) => {
      response.writeHead(200, { 'content-length': BYTES.length });
      response.write(BYTES.subarray(0, 70_000));
    },
    async ({ pull, folder }) => {
      const controller = new AbortController();
      const onProgress = (done: number) => done >= 70_000 && controller.abort();
      const error = await failure(pull({ signal: controller.signal, patience: 10_000, onProgress }));
      assert.is(error.code, 'aborted');
      assert.equal(here(folder), ['tiny-12.onnx.part']);
    },
  ));

test('a process that is killed midway leaves no file of that name, and no lock that stays', () =>
  withServer(
    (request, response, count) => {
      if (count > 1) return serve(request, response);
      response.writeHead(200, { 'content-length': BYTES.length });
      response.write(BYTES.subarray(0, 90_000)); // and then nothing: the process waits
    },
    async ({ pull, folder, address }) => {
      const program = `
        const { pullModel } = await import(${JSON.stringify(`${repositoryRoot}dist/src/store/pull.js`)});
        await pullModel('tiny', { models: [${JSON.stringify(MODEL)}] });`;
      const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
        env: { ...process.env, SALIENT_CACHE: folder, SALIENT_MIRROR: address },
        stdio: 'ignore',
      });
      const part = join(folder, 'tiny-12.onnx.part');
      for (let i = 0; i < 400 && !(existsSync(part) && readFileSync(part).length === 90_000); i++) await pause(25);
      const ended = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGKILL');
      await ended;
      assert.equal(here(folder), ['tiny-12.onnx.lock', 'tiny-12.onnx.part']);
      truncateSync(part, 80_000); // as if the last pieces never reached the disk
      assert.ok(readFileSync((await pull()).path).equals(BYTES));
      assert.equal(here(folder), ['tiny-12.onnx']);
    },
  ));

test.run();
