import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { prepareFolder, writeFileAtomically } from '../../src/cli/output/files.ts';
import { SalientError } from '../../src/error.ts';

let folder = '';
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'salient-files-'));
});
test.after.each(() => rmSync(folder, { recursive: true }));

async function refused(path: string, words: RegExp): Promise<void> {
  const error = await writeFileAtomically(path, Uint8Array.of(1)).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.instance(error, SalientError);
  if (!(error instanceof SalientError)) return;
  assert.is(error.code, 'io');
  assert.match(error.message, words);
}

test('a file is written whole, its folder made, an older one replaced, and nothing else left', async () => {
  const path = join(folder, 'a', 'b', 'map.npy');
  await writeFileAtomically(path, Uint8Array.of(1, 2, 3));
  await writeFileAtomically(path, Uint8Array.of(4));
  assert.equal([...readFileSync(path)], [4]);
  assert.equal(readdirSync(join(folder, 'a', 'b')), ['map.npy']);
});

test('a folder is tried for writing, by twenty at once, and what a killed one left there is taken away', async () => {
  const place = join(folder, 'out');
  await prepareFolder(place);
  writeFileSync(join(place, '.probe.part'), '');
  await Promise.all(Array.from({ length: 20 }, () => prepareFolder(place)));
  assert.equal(readdirSync(place), []);
});

test('what cannot be written is refused with a reason, and leaves nothing behind', async () => {
  writeFileSync(join(folder, 'file'), '');
  await refused(join(folder, 'file', 'map.npy'), /cannot write .*map\.npy: a part of the path is a file/);
  mkdirSync(join(folder, 'taken', 'inner'), { recursive: true });
  await refused(join(folder, 'taken'), /a folder has that name/);
  await refused(join(folder, 'x'.repeat(300)), /too long/);
  assert.equal(readdirSync(folder).sort(), ['file', 'taken']);
});

test.run();
