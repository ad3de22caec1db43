import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { SalientError } from '../../src/error.ts';
import { requireFinite } from '../../src/tensor/finite.ts';
import { readNpy, writeNpy } from '../../src/tensor/npy.ts';

/** A .npy file by hand: any version, any header text, little or big endian data written by `fill`. */
function npyFile(header: string, dataBytes: number, fill: (view: DataView) => void, version = 1): Uint8Array {
  const fixed = version === 1 ? 10 : 12;
  const bytes = new Uint8Array(fixed + header.length + dataBytes);
  const view = new DataView(bytes.buffer);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]);
  if (version === 1) view.setUint16(8, header.length, true);
  else view.setUint32(8, header.length, true);
  bytes.set(new TextEncoder().encode(header), fixed);
  fill(new DataView(bytes.buffer, fixed + header.length));
  return bytes;
}

const header = (descr: string, shape: string, fortran = 'False') =>
  `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': (${shape}), }\n`;

function refused(bytes: Uint8Array, words: RegExp): void {
  assert.throws(
    () => readNpy(bytes, 'input.npy'),
    (error: unknown) =>
      error instanceof SalientError &&
      error.code === 'bad-tensor' &&
      error.message.startsWith('input.npy') &&
      !error.message.includes('\n') &&
      words.test(error.message),
  );
}

test('what is written is read back, of every rank and both types', () => {
  for (const shape of [[], [3], [0, 4], [2, 3], [1, 2, 3, 2]]) {
    const count = shape.reduce((a, b) => a * b, 1);
    const numbers = Array.from({ length: count }, (_, i) => Math.sin(i + 1) * 1e3);
    for (const data of [Float32Array.from(numbers), Float64Array.from(numbers)]) {
      const bytes = writeNpy({ shape, data });
      const back = readNpy(bytes);
      assert.equal(back.shape, shape);
      assert.equal(back.data, data);
      assert.is((bytes.length - data.byteLength) % 64, 0);
    }
  }
});

test('the bytes written are those that NumPy writes', () => {
  const bytes = writeNpy({ shape: [2], data: Float32Array.of(1, -2) });
  assert.is(bytes.length, 128 + 8);
  const text = new TextDecoder('latin1').decode(bytes.subarray(0, 128));
  const dictionary = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }";
  assert.is(text, `\x93NUMPY\x01\0\x76\0${dictionary.padEnd(117)}\n`);
  assert.equal([...bytes.subarray(128)], [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]);
});

test('every element type is read in both byte orders', () => {
  const cases: [string, number, (view: DataView, at: number, value: number, little: boolean) => void][] = [
    ['f4', 4, (view, at, value, little) => view.setFloat32(at, value, little)],
    ['f8', 8, (view, at, value, little) => view.setFloat64(at, value, little)],
    ['i1', 1, (view, at, value) => view.setInt8(at, value)],
    ['u1', 1, (view, at, value) => view.setUint8(at, value)],
    ['i2', 2, (view, at, value, little) => view.setInt16(at, value, little)],
    ['u2', 2, (view, at, value, little) => view.setUint16(at, value, little)],
    ['i4', 4, (view, at, value, little) => view.setInt32(at, value, little)],
    ['u4', 4, (view, at, value, little) => view.setUint32(at, value, little)],
    ['i8', 8, (view, at, value, little) => view.setBigInt64(at, BigInt(value), little)],
    ['u8', 8, (view, at, value, little) => view.setBigUint64(at, BigInt(value), little)],
  ];
  for (const [type, size, set] of cases) {
    const values = type.startsWith('u') ? [0, 7, 100] : [0, -7, 100];
    for (const order of ['<', '>']) {
      const bytes = npyFile(header(order + type, '3,'), 3 * size, (view) =>
        values.forEach((value, i) => {
          set(view, i * size, value, order === '<');
        }),
      );
      assert.equal([...readNpy(bytes).data], values, order + type);
    }
  }
  const half = npyFile(header('>f2', '2,'), 4, (view) => view.setUint32(0, 0x3c00c580));
  assert.equal([...readNpy(half).data], [1, -5.5]);
  const flags = npyFile(header('|b1', '2,'), 2, (view) => view.setUint8(1, 1));
  assert.equal([...readNpy(flags).data], [0, 1]);
});

test('integers that float32 cannot hold stay exact', () => {
  const bytes = npyFile(header('<i4', '1,'), 4, (view) => view.setInt32(0, 16777217, true));
  assert.equal([...readNpy(bytes).data], [16777217]);
});

test('Fortran order becomes row-major', () => {
  // Element [i, j, k] of the 2×3×2 array is 100 i + 10 j + k; in Fortran order i runs fastest.
  const stored = [0, 100, 10, 110, 20, 120, 1, 101, 11, 111, 21, 121];
  const bytes = npyFile(header('<f4', '2, 3, 2', 'True'), 48, (view) =>
    stored.forEach((value, i) => {
      view.setFloat32(4 * i, value, true);
    }),
  );
  const tensor = readNpy(bytes);
  assert.equal(tensor.shape, [2, 3, 2]);
  assert.equal([...tensor.data], [0, 1, 10, 11, 20, 21, 100, 101, 110, 111, 120, 121]);
});

test('formats 2.0 and 3.0, unaligned data and other spacing are read', () => {
  for (const version of [2, 3]) {
    const text = `{"descr": '<f4', "fortran_order": False, "shape": (2,)}`.replaceAll('"', "'");
    const bytes = npyFile(text, 8, (view) => view.setFloat32(4, 2.5, true), version);
    assert.equal([...readNpy(bytes).data], [0, 2.5]);
  }
});

test('what is no .npy file, or a damaged one, is refused in one clear line', () => {
  const whole = npyFile(header('<f4', '2, 2'), 16, () => {});
  refused(new Uint8Array(0), /empty/);
  refused(new TextEncoder().encode('PK\x03\x04 something else'), /NUMPY/);
  refused(whole.subarray(0, 20), /within the header/);
  refused(whole.subarray(0, whole.length - 1), /truncated: 2×2 numbers of float32 take 16 bytes, but 15/);
  refused(Uint8Array.of(...whole, 0), /damaged/);
  refused(
    npyFile(header('<f4', '2, 2'), 16, () => {}, 4),
    /version is 4/,
  );
  refused(
    npyFile(header('<c8', '2,'), 16, () => {}),
    /'<c8'/,
  );
  refused(
    npyFile(header('|O', '2,'), 16, () => {}),
    /'\|O'/,
  );
  refused(
    npyFile("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", 4, () => {}),
    /records/,
  );
  refused(
    npyFile(header('<f4', '2, -2'), 16, () => {}),
    /shape/,
  );
  refused(
    npyFile(header('<f4', '99999999999, 99999999999'), 16, () => {}),
    /shape/,
  );
  refused(
    npyFile(header('<f4', '2,,2'), 16, () => {}),
    /shape/,
  );
});

test('a length that is no number of the shape is not written', () => {
  assert.throws(() => writeNpy({ shape: [3], data: new Float32Array(2) }), /shape 3 cannot hold 2/);
});

test('NaN and infinities are found and placed', () => {
  requireFinite({ shape: [2], data: Float32Array.of(1, 2) }, 'input');
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    const data = new Float32Array(24);
    data[17] = value;
    assert.throws(() => requireFinite({ shape: [2, 3, 4], data }, 'input'), `input holds ${value} at [1, 1, 1]`);
  }
});

test.run();
