import { createHash } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Sha256 } from '../../src/origin/sha256.ts';

test('SHA-256 of bytes in pieces of any size is OpenSSL’s', () => {
  const bytes = Uint8Array.from({ length: 70_000 }, (_, i) => (i * 2654435761) >>> 11);
  for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 1000, 70_000]) {
    for (const piece of [1, 7, 64, 100, 65_536]) {
      if (length / piece > 2000) continue;
      const hash = new Sha256();
      for (let at = 0; at < length; at += piece) hash.update(bytes.subarray(at, Math.min(at + piece, length)));
      const expected = createHash('sha256').update(bytes.subarray(0, length)).digest('hex');
      assert.is(hash.digest(), expected, `${length} bytes, ${piece} at a time`);
    }
  }
});

test('its length counts more than 32 bits', () => {
  // 2³² bits are 512 MiB: VGG-16's file has more.
  const piece = new Uint8Array(1 << 26);
  const hash = new Sha256();
  const expected = createHash('sha256');
  for (let i = 0; i < 8; i++) {
    hash.update(piece);
    expected.update(piece);
  }
  hash.update(piece.subarray(0, 3));
  expected.update(piece.subarray(0, 3));
  const start = performance.now();
  assert.is(hash.digest(), expected.digest('hex'));
  console.log(`${(performance.now() - start).toFixed(1)} ms`);
});

test.run();
