import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { repositoryRoot } from '../support/paths.ts';
import { assertSuite, skipped } from '../support/platform.ts';

const deno = `${repositoryRoot}test/node_modules/@deno/linux-x64-glibc/deno`;

test('Deno (wgpu) runs every kernel like reference', async () => {
  if (!existsSync(deno)) return skipped('Deno', 'its binary is not installed');
  const { gpuEnvironment } = await import(`${repositoryRoot}test/support/gpu.mjs`);
  const main = fileURLToPath(new URL('./deno-main.js', import.meta.url));
  const env = { ...gpuEnvironment(), DENO_NO_UPDATE_CHECK: '1', NO_COLOR: '1' };
  const { status, stdout, stderr } = spawnSync(deno, ['run', '--no-config', '--allow-env', '--allow-read', main], {
    env,
    encoding: 'utf8',
  });
  assert.is(status, 0, stderr);
  assertSuite(JSON.parse(stdout.trim().split('\n').at(-1)!));
});

test.run();
