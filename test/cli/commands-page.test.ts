import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { repositoryRoot } from '../support/paths.ts';

test('docs/commands.md is what the commands say of themselves', async () => {
  const { commandsPage } = (await import(`${repositoryRoot}docs/commands.mjs`)) as { commandsPage(): Promise<string> };
  const page = readFileSync(`${repositoryRoot}docs/commands.md`, 'utf8');
  assert.ok(
    page === (await commandsPage()),
    'docs/commands.md is stale: run "npm run build && node docs/commands.mjs"',
  );
});

test.run();
