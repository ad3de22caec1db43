import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { modelsFolder } from '../../src/cli/bundled.ts';
import { type CliResult, salient } from '../support/cli.ts';
import { repositoryRoot } from '../support/paths.ts';
import { randomNumbers } from '../support/random.ts';

const folder = mkdtempSync(join(tmpdir(), 'salient-queue-'));
const main = join(repositoryRoot, 'dist', 'src', 'cli', 'main.js');
const MODELS = ['scenes-alexnet', 'scenes-vgg'].flatMap((name) => ['--model', join(modelsFolder, `${name}.onnx`)]);

const scenes = join(folder, 'scenes');
cpSync(join(modelsFolder, 'samples'), scenes, { recursive: true, filter: (path) => !path.endsWith('.mask.png') });
const compare = (out: string) => ['compare', scenes, ...MODELS, '--device', 'wasm', '--out', join(folder, out)];

/** The packages that only tests need are found from their folder. */
function run(...words: string[]): Promise<CliResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...words], { cwd: join(repositoryRoot, 'test') });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (data) => {
      stdout += data;
    });
    child.stderr.on('data', (data) => {
      stderr += data;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** The images' lines of all results of a run, sorted. */
function lines(out: string): string[] {
  return readdirSync(join(folder, out))
    .filter((name) => /^results\..*jsonl$/.test(name))
    .flatMap((name) =>
      readFileSync(join(folder, out, name), 'utf8')
        .trimEnd()
        .split('\n')
        .slice(1),
    )
    .sort();
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

test('without a server the shards are done one after the other, and are the undisturbed run', async () => {
  const whole = await salient(...compare('whole'));
  assert.is(whole.code, 0, whole.stderr);
  const parts = await run('queue', 'fill', '--shards', '3', '--', ...compare('parts'));
  assert.is(parts.code, 0, parts.stderr);
  assert.equal(lines('parts'), lines('whole'));
});

const hasRedis = spawnSync('redis-server', ['--version']).status === 0;

if (!hasRedis) console.log('tests of queues skipped: there is no redis-server (apt-get install redis-server)');
else {
  test('four workers that are killed at random do each photograph once, as if nothing had been', async () => {
    const port = await freePort();
    const url = `redis://127.0.0.1:${port}`;
    const redis = spawn('redis-server', ['--port', String(port), '--save', '', '--dir', folder], { stdio: 'ignore' });
    const workers = new Set<ChildProcess>();
    const start = () => {
      const words = ['worker', '--queue', url, '--until-empty', '--lock', '2'];
      const worker = spawn(process.execPath, [main, ...words], { cwd: join(repositoryRoot, 'test'), stdio: 'ignore' });
      workers.add(worker);
      worker.on('close', () => workers.delete(worker));
    };
    try {
      const fill = () => run('queue', 'fill', '--queue', url, '--shards', '6', '--', ...compare('killed'));
      let filled = await fill();
      for (let attempt = 0; filled.code !== 0 && attempt < 20; attempt++) filled = await fill();
      assert.is(filled.code, 0, filled.stderr);
      await fill(); // adds nothing
      const counts = async () => JSON.parse((await run('queue', 'status', '--queue', url, '--json')).stdout);
      assert.is((await counts()).waiting, 6);
      const moments = randomNumbers(8, 3);
      for (const moment of moments) {
        while (workers.size < 4) start();
        await new Promise((resolve) => setTimeout(resolve, 700 + 500 * moment));
        const all = [...workers];
        all[Math.floor(((moment + 1) / 2) * all.length)]!.kill('SIGKILL');
      }
      const end = Date.now() + 90_000;
      for (;;) {
        const { completed, failed } = await counts();
        assert.is(failed, 0);
        if (completed === 6) break;
        assert.ok(Date.now() < end, `after 90 s ${completed} of 6 shards are done`);
        while (workers.size < 4) start();
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
      assert.equal(lines('killed'), lines('whole'));
      const merged = await salient('merge', join(folder, 'killed'));
      assert.is(merged.code, 0, merged.stderr);
    } finally {
      for (const worker of workers) worker.kill('SIGKILL');
      redis.kill('SIGKILL');
    }
  });

  test('a worker that is told to end gives its shard back', async () => {
    const port = await freePort();
    const url = `redis://127.0.0.1:${port}`;
    const redis = spawn('redis-server', ['--port', String(port), '--save', '', '--dir', folder], { stdio: 'ignore' });
    try {
      const fill = () => run('queue', 'fill', '--queue', url, '--shards', '1', '--', ...compare('stopped'));
      for (let attempt = 0; (await fill()).code !== 0 && attempt < 20; attempt++);
      const words = ['worker', '--queue', url];
      const worker = spawn(process.execPath, [main, ...words], { cwd: join(repositoryRoot, 'test'), stdio: 'ignore' });
      await new Promise((resolve) => setTimeout(resolve, 2500));
      const ended = new Promise((resolve) => worker.on('close', resolve));
      worker.kill('SIGTERM');
      assert.is(await ended, 0);
      const { waiting, delayed, completed, active } = JSON.parse(
        (await run('queue', 'status', '--queue', url, '--json')).stdout,
      );
      assert.is(active, 0);
      assert.is(waiting + delayed + completed, 1);
    } finally {
      redis.kill('SIGKILL');
    }
  });
}

test('mistakes are refused in one line', async () => {
  const refused = async (message: RegExp, ...words: string[]) => {
    const { code, stderr } = await run(...words);
    assert.is(code, 1);
    assert.match(stderr, message);
    assert.is(stderr.trimEnd().split('\n').length, 1, stderr);
  };
  await refused(/an action is missing; choose fill or status/, 'queue');
  await refused(/--shards is missing/, 'queue', 'fill', '--', 'compare');
  await refused(/give the command behind --/, 'queue', 'fill', '--shards', '2');
  await refused(/--queue is missing/, 'queue', 'status');
  await refused(/--queue is missing/, 'worker');
  await refused(/expected redis:\/\/HOST:PORT/, 'worker', '--queue', 'localhost');
  const closed = `redis://127.0.0.1:${await freePort()}`;
  await refused(/no Redis server at redis:.*ECONNREFUSED/, 'queue', 'status', '--queue', closed);
  const elsewhere = spawnSync(process.execPath, [main, 'worker', '--queue', closed], { cwd: folder, encoding: 'utf8' });
  assert.match(elsewhere.stderr, /needs the package bullmq, which is not installed/);
});

test.after(() => rmSync(folder, { recursive: true, force: true }));

test.run();
