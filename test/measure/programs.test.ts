import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type CliResult, ran } from '../support/cli.ts';
import { repositoryRoot } from '../support/paths.ts';

/** Runs a program of the benchmark. */
function bench(name: string, ...words: string[]): Promise<CliResult> {
  return ran(`${repositoryRoot}dist/bench/${name}.js`, ...words);
}

const REFUSED: readonly (readonly [words: string, reason: RegExp])[] = [
  ['compare --rounds x', /--rounds is "x"; expected a number/],
  ['compare --rounds 0', /--rounds is 0; expected a whole number of at least 1/],
  ['compare --seconds x', /--seconds is "x"; expected a number/],
  ['compare --threads x', /--threads is "x"; expected a number/],
  ['compare --out package.json/here', /cannot write to the folder package.json\/here/],
  ['compare --only nothing --gpu', /there is no row "nothing"; choose some of vgg16-forward-1, /],
  ['compare word', /found 1 words beside options, expected 0; usage: npm run bench/],
  ['floors --batch x', /--batch is "x"; expected a number/],
  ['floors --gflops 0 --gigabytes 1', /--gflops is 0; expected a number above 0/],
  ['floors --gflops 1', /one of --gflops and --gigabytes is missing; give both, or neither/],
  ['profile', /found 0 words beside options, expected 1; usage: node dist\/bench\/profile.js MODEL.onnx/],
  ['profile absent.onnx', /absent.onnx/],
  ['profile absent.onnx --golden absent.npy', /cannot read "absent.npy": there is no such file/],
  ['profile absent.onnx --runs 0', /--runs is 0; expected a whole number of at least 1/],
  ['profile absent.onnx --device abacus', /--device is "abacus"; choose one of wasm, webgpu/],
  ['profile absent.onnx --nonsense', /Unknown option '--nonsense'/],
  ['gpu --at-a-time 0', /--at-a-time is 0; expected a whole number of at least 1/],
  ['scaling absent.onnx', /absent.onnx/],
  ['scaling --threads 0', /--threads is 0; expected a whole number of at least 1/],
  ['half-precision', /found 0 words beside options, expected 3; usage: /],
  ['half-precision lenet dense .', /"lenet" is none of alexnet, vgg16/],
  ['half-precision alexnet dense absent', /cannot read "absent\/alexnet.epsilon-plus.npy": there is no such file/],
  ['serve-page abc', /the port is "abc"; expected a whole number from 0 to 65535/],
];
for (const [words, reason] of REFUSED) {
  test(`${words}: one line, exit code 1`, async () => {
    const [name, ...rest] = words.split(' ');
    const { code, stdout, stderr } = await bench(name!, ...rest);
    assert.match(stderr, reason);
    assert.match(stderr, /^salient: [^\n]+\n$/);
    assert.not.match(stderr, /unexpected/);
    assert.is(code, 1);
    if (name !== 'profile') assert.is(stdout, '');
  });
}

test('scaling prints a table of threads, of batches and of sizes', async () => {
  const model = `${repositoryRoot}models/scenes-alexnet.onnx`;
  const options = ['--threads', '1,2', '--batches', '1,2', '--rounds', '3', '--seconds', '1'];
  const { code, stdout, stderr } = await bench('scaling', model, ...options);
  assert.is(stderr, '');
  assert.is(code, 0);
  const lines = stdout.split('\n').filter((line) => line.startsWith('|'));
  assert.is(lines.length, 8);
  assert.match(lines[0]!, /\| threads \| ms \|.*\| efficiency \|/);
  assert.match(lines[2]!, /^\| 1 \|.*\| 100 % \|$/);
  assert.match(lines[7]!, /^\| 2 \|/);
});

test('--help prints a usage', async () => {
  for (const name of ['compare', 'floors', 'profile', 'half-precision', 'scaling', 'gpu', 'serve-page']) {
    const { code, stdout, stderr } = await bench(name, '--help');
    assert.match(stdout, /^usage: /);
    assert.is(stderr, '');
    assert.is(code, 0);
    if (name === 'compare') assert.match(stdout, /vgg16-epsilon-plus-64/);
  }
});

test('the exit code is 1 where a row fails', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'salient-test-'));
  try {
    await writeFile(join(folder, 'alexnet.onnx'), 'no model');
    const words = ['--only', 'alexnet-epsilon-plus', '--models', folder, '--out', join(folder, 'out')];
    const { code, stdout } = await bench('compare', ...words);
    assert.match(stdout, /AlexNet EpsilonPlus \| failed: /);
    assert.is(code, 1);
    assert.ok(existsSync(join(folder, 'out', 'compare.md')));
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('the page’s server outlives an address that is none, and says where a port is taken', async () => {
  const server = spawn(process.execPath, [`${repositoryRoot}dist/bench/serve-page.js`, '0']);
  try {
    const address = (await createInterface({ input: server.stdout })[Symbol.asyncIterator]().next()).value as string;
    const { port } = new URL(address);
    for (const [path, status] of [
      ['/%E0%A4%A', 404],
      ['/', 200],
    ] as const) {
      const [response] = await once(get({ host: 'localhost', port, path }), 'response');
      assert.is(response.resume().statusCode, status);
    }
    const { code, stderr } = await bench('serve-page', port);
    assert.is(stderr, `salient: cannot listen on port ${port}: another program listens there; choose another port\n`);
    assert.is(code, 1);
  } finally {
    server.kill();
  }
});

test.run();
