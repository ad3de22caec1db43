import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { specialize } from '../../src/tensor/webgpu/shader.ts';
import { repositoryRoot } from '../support/paths.ts';

test('the embedded shaders are those of shaders/', () => {
  const { status, stderr } = spawnSync(process.execPath, [`${repositoryRoot}shaders/embed.mjs`, '--check']);
  assert.is(status, 0, String(stderr));
});

test('every shader begins by saying what it computes', () => {
  const files = readdirSync(`${repositoryRoot}shaders`, { recursive: true }).map(String);
  for (const file of files.filter((name) => name.endsWith('.wgsl'))) {
    const [first] = readFileSync(`${repositoryRoot}shaders/${file}`, 'utf8').split('\n');
    assert.match(first!, /^\/\/ \S+ .{15,}/, file);
  }
});

const AFFINE = { COUNT: 6, CHANNELS: 3, PLANE: 2 };

test('constants are baked in with their types, and includes are resolved', () => {
  const { code, bindings, workgroup } = specialize('affine', AFFINE);
  assert.match(code, 'const CHANNELS: u32 = 3u;');
  assert.match(code, 'fn flat_index');
  assert.not.match(code, /override|@include/);
  assert.equal(
    bindings.map(({ name, access }) => `${name} ${access}`),
    ['input read', 'scale read', 'shift read', 'output read_write'],
  );
  assert.equal(workgroup, [256, 1, 1]);
});

test('a constant that one side lacks, or of the wrong type, is an error', () => {
  assert.throws(() => specialize('affine', { COUNT: 6, CHANNELS: 3 }), /no value for "PLANE"/);
  assert.throws(() => specialize('affine', { ...AFFINE, STRIDE: 1 }), /declares no override "STRIDE"/);
  assert.throws(() => specialize('affine', { ...AFFINE, PLANE: 1.5 }), /affine.PLANE is u32, but its value is 1.5/);
  assert.throws(() => specialize('affine', { ...AFFINE, PLANE: -1 }), /affine.PLANE is u32/);
});

test('loops marked @unroll are written out', () => {
  const { code } = specialize('gemv-columns', {
    ROWS: 4,
    COLUMNS: 4,
    FIRST: 0,
    TOTAL: 4,
    SAMPLES: 1,
    PARTS: 2,
    X_PARTS: 2,
    FIRST_SPLIT: 0,
    SPLITS: 1,
    PLAIN: false,
    COLUMNS_EACH: 1,
    SUMS: 2,
    TRANSPOSED: false,
  });
  assert.not.match(code, '@unroll');
  for (const [part, inner] of ['0u, 0u', '0u, 1u', '1u, 0u', '1u, 1u'].entries()) {
    assert.match(code, `map_weight(w, ${inner})`, `part ${part}`);
  }
});

test.run();
