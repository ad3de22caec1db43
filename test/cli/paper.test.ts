import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { modelsFolder } from '../../src/cli/bundled.ts';
import { salient } from '../support/cli.ts';

const samples = join(modelsFolder, 'samples');

test('the paper’s networks are asked for by name, and its settings cannot be others', async () => {
  const out = mkdtempSync(join(tmpdir(), 'salient-paper-'));
  process.env.SALIENT_CACHE = join(out, 'empty');
  const missing = await salient('paper', samples, '--out', join(out, 'x'), '--device', 'wasm');
  assert.is(missing.code, 1);
  assert.ok(/^salient: .*salient model pull alexnet/.test(missing.stderr), missing.stderr);
  const other = await salient('paper', samples, '--out', join(out, 'x'), '--composite=epsilon-plus');
  assert.is(other.code, 1);
  assert.match(other.stderr, /^salient: --composite is the paper's here; `salient compare` takes others\n$/);
  rmSync(out, { recursive: true });
});

test.run();
