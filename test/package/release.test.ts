import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { repositoryRoot } from '../support/paths.ts';

test('a release is ready but for its tag and date: one version everywhere, an entry in the changelog', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['.ci/release.mjs', '--dry-run'], {
    cwd: repositoryRoot,
    encoding: 'utf8',
  });
  assert.is(status, 0, stderr);
  assert.match(stdout, /salient-relevance \d+\.\d+\.\d+ is ready: tag it v/);
});

test('what is to happen must be said', () => {
  const { status, stderr } = spawnSync(process.execPath, ['.ci/release.mjs'], {
    cwd: repositoryRoot,
    encoding: 'utf8',
  });
  assert.is(status, 1);
  assert.is(stderr, 'release: say --dry-run or --publish\n');
});

test.run();
