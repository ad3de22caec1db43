import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readNpy } from '../../src/tensor/npy.ts';
import { type CliResult, salient } from '../support/cli.ts';
import { repositoryRoot } from '../support/paths.ts';
import { skipped } from '../support/platform.ts';

const deno = `${repositoryRoot}test/node_modules/@deno/linux-x64-glibc/deno`;
const scene = `${repositoryRoot}models/samples/snail-2000006.png`;
const main = `${repositoryRoot}src/cli/main.ts`;

/** Runs the command line from source with these permissions and no others, outside the checkout. */
function fromSource(permissions: readonly string[], words: readonly string[], env = {}): Promise<CliResult> {
  const args = ['run', '--no-config', '--no-prompt', '--quiet', ...permissions, main, ...words];
  return new Promise((resolve, reject) => {
    const child = spawn(deno, args, {
      cwd: tmpdir(),
      env: { ...process.env, DENO_NO_UPDATE_CHECK: '1', NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 120_000,
    });
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

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  if (!existsSync(deno)) return skipped('Deno', 'its binary is not installed');
  const folder = mkdtempSync(join(tmpdir(), 'salient-deno-'));
  try {
    await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test('from source, with leave to read the package and to write its results alone: the bundled network explains', () =>
  withFolder(async (folder) => {
    const permissions = [`--allow-read=${repositoryRoot},${folder}`, `--allow-write=${folder}`];
    const words = ['explain', scene, '--device', 'wasm', '--save', 'relevance.npy', '--out'];
    const { code, stdout, stderr } = await fromSource(permissions, [...words, join(folder, 'deno')]);
    assert.is(code, 0, stderr);
    assert.match(stdout + stderr, /scenes-vgg \(bundled/);
    const inNode = await salient(...words, join(folder, 'node'));
    assert.is(inNode.code, 0, inNode.stderr);
    const [found, expected] = ['deno', 'node'].map((name) => {
      return readNpy(readFileSync(join(folder, name, 'snail-2000006.relevance.npy'))).data;
    });
    const largest = Math.max(...expected!.map(Math.abs));
    // Deno's engine has the fused multiply-add, Node 20's has not.
    const off = Math.max(...expected!.map((value, i) => Math.abs(value - found![i]!)));
    assert.ok(off <= 1e-4 * largest, `relevance differs by ${off / largest} of its largest value`);
  }));

test('it reads what it is shown, and says in one line what it may not do', () =>
  withFolder(async (folder) => {
    const read = [`--allow-read=${repositoryRoot}`];
    assert.match((await fromSource(read, ['--help'])).stdout, /^salient: why a convolutional network/);
    const inspected = await fromSource(read, ['model', 'inspect', `${repositoryRoot}models/scenes-vgg.onnx`]);
    assert.match(inspected.stdout, /parameters {2}765,306/);
    for (const [permissions, words, missing] of [
      [[], ['--help'], /read access to ".*commands".*--allow-read/],
      [read, ['explain', scene, '--device', 'wasm', '--out', folder], /write access to .*--allow-write/],
      [read, ['model', 'list'], /env access to "SALIENT_CACHE".*--allow-env/],
    ] as const) {
      const { code, stderr } = await fromSource(permissions, words);
      assert.is(code, 1, stderr);
      assert.match(stderr, /^salient: [^\n]+\n$/);
      assert.match(stderr, missing);
    }
  }));

test('model pull, with what docs/deno.md says, comes as far as the server', () =>
  withFolder(async (folder) => {
    const asked: string[] = [];
    const server = createServer(({ url = '' }, response) => {
      asked.push(url);
      response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const permissions = ['--allow-read', `--allow-write=${folder}`, '--allow-env', '--allow-net', '--allow-sys'];
      const env = { SALIENT_MIRROR: mirror, SALIENT_CACHE: folder };
      const { code, stderr } = await fromSource(permissions, ['model', 'pull', 'squeezenet'], env);
      assert.is(code, 1, stderr);
      assert.match(stderr, /squeezenet is not where it was: .* answered 404/);
      assert.equal(asked, ['/squeezenet1.1-7/resolve/main/squeezenet1.1-7.onnx']);
    } finally {
      server.close();
    }
  }));

test.run();
