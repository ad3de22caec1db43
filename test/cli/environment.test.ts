import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { commitOf } from '../../src/cli/environment.ts';
import { VERSION } from '../../src/version.ts';

test('the commit is that of a checkout itself, never that of a repository around the package', async () => {
  const repository = mkdtempSync(join(tmpdir(), 'salient-commit-'));
  try {
    const git = (...words: string[]) => execFileSync('git', words, { cwd: repository, encoding: 'utf8' }).trim();
    git('init', '--quiet');
    const author = ['-c', 'user.name=a', '-c', 'user.email=a@example.org', '-c', 'commit.gpgsign=false'];
    git(...author, 'commit', '--quiet', '--allow-empty', '--message=one');
    const inside = join(repository, 'node_modules', 'salient-relevance');
    mkdirSync(inside, { recursive: true });
    assert.is(await commitOf(inside), `version ${VERSION}`);
    assert.is(await commitOf(repository), git('rev-parse', '--short=10', 'HEAD'));
  } finally {
    rmSync(repository, { recursive: true });
  }
});

test.run();
