import { test } from 'uvu';
import { requireFiniteWeights } from '../../src/model/finite-weights.ts';
import { STORED_BYTES, type TensorSource } from '../../src/tensor/source.ts';
import { assertRefused } from '../support/onnx.ts';

/** Longer than two of the pieces in which numbers are looked at. */
const COUNT = 40_001;
/** NaN, infinity, negative infinity and the largest finite number, as bits. */
const BITS = {
  float16: [0x7e00n, 0x7c00n, 0xfc00n, 0x7bffn],
  float32: [0x7fc00000n, 0x7f800000n, 0xff800000n, 0x7f7fffffn],
  float64: [0x7ff8000000000000n, 0x7ff0000000000000n, 0xfff0000000000000n, 0x7fefffffffffffffn],
} as const;

/** The largest finite numbers everywhere but at one index, the first byte `offset` bytes into a buffer. */
function weights(type: keyof typeof BITS, offset: number, index: number, bits: bigint): Map<string, TensorSource> {
  const size = STORED_BYTES[type];
  const buffer = new Uint8Array(COUNT * size + offset);
  const put = (at: number, value: bigint) => {
    for (let byte = 0; byte < size; byte++)
      buffer[offset + at * size + byte] = Number((value >> BigInt(8 * byte)) & 255n);
  };
  for (let at = 0; at < COUNT; at++) put(at, BITS[type][3]);
  put(index, bits);
  return new Map([['w', { name: 'w', type, shape: [COUNT], bytes: buffer.subarray(offset) }]]);
}

for (const type of ['float16', 'float32', 'float64'] as const) {
  test(`${type} weights: the one number that is not finite is found wherever it stands, however the bytes lie`, async () => {
    for (const offset of [0, 1, 2, 3, 4]) {
      await requireFiniteWeights(weights(type, offset, 0, BITS[type][3]));
      for (const [turn, index] of [0, 16_383, 16_384, 32_768, COUNT - 1].entries()) {
        await assertRefused(
          requireFiniteWeights(weights(type, offset, index, BITS[type][turn % 3]!)),
          'bad-tensor',
          new RegExp(`"w" hold NaN or an infinity 1 times among ${COUNT} numbers, first at index ${index};`),
        );
      }
    }
  });
}

test('the last and the first number of a stretch of 4 MB are looked at', async () => {
  for (const index of [2 ** 20 - 1, 2 ** 20, 2 ** 20 + 5]) {
    const data = new Float32Array(2 ** 20 + 6);
    data[index] = Number.NaN;
    const source = { name: 'w', type: 'float32', shape: [data.length], bytes: new Uint8Array(data.buffer) } as const;
    await assertRefused(requireFiniteWeights(new Map([['w', source]])), 'bad-tensor', new RegExp(`index ${index};`));
  }
});

test.run();
