import { SalientError } from '../error.ts';
import { STORED_BYTES, type StoredType, toFloat32, toFloat64 } from './source.ts';
import { elementCount, formatShape, type Shape, stridesOf, type Tensor } from './tensor.ts';

// The NumPy array format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]; // \x93NUMPY
const ALIGNMENT = 64;
const LONGEST_HEADER = 65536;

/** NumPy's type codes (kind and bytes) that hold real numbers. */
const TYPES: Readonly<Record<string, StoredType>> = {
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
  i1: 'int8',
  i2: 'int16',
  i4: 'int32',
  i8: 'int64',
  u1: 'uint8',
  u2: 'uint16',
  u4: 'uint32',
  u8: 'uint64',
  b1: 'bool',
};

/** Types of which some value is not exactly a float32. */
const WIDE: ReadonlySet<StoredType> = new Set(['float64', 'int32', 'uint32', 'int64', 'uint64']);

interface Header {
  readonly type: StoredType;
  readonly bigEndian: boolean;
  readonly fortranOrder: boolean;
  readonly shape: Shape;
}

/**
 * Reads a `.npy` file (format 1.0, 2.0 or 3.0; real numbers or booleans; either byte order; C or Fortran order) into a
 * row-major tensor. The data are float32 where that holds every value of the file's type exactly, else float64 (64-bit
 * integers become the nearest double). Little-endian float32 in C order is a view of `bytes`, not a copy.
 *
 * @param name how errors call the file
 * @throws SalientError `bad-tensor` for anything that is not such a file, or a damaged one
 */
export function readNpy(bytes: Uint8Array, name = 'the .npy file'): Tensor {
  const { header, dataStart } = readHeader(bytes, name);
  const { shape, type, fortranOrder, bigEndian } = header;
  const size = STORED_BYTES[type];
  const expected = elementCount(shape) * size;
  const found = bytes.byteLength - dataStart;
  if (found !== expected) {
    const numbers = `${formatShape(shape)} numbers of ${type} take ${expected} bytes, but ${found} follow its header`;
    throw new SalientError(
      'bad-tensor',
      `${name} is ${found < expected ? 'truncated' : 'damaged'}: ${numbers}; write or copy it again`,
    );
  }
  const body = bytes.subarray(dataStart);
  const source = { name, shape, type, bytes: bigEndian ? swapBytes(body, size) : body };
  const data = WIDE.has(type) ? toFloat64(source) : toFloat32(source);
  return { shape, data: fortranOrder ? toRowMajor(data, shape) : data };
}

/** Writes a tensor as `.npy` format 1.0: little-endian float32 or float64, C order, header padded to 64 bytes. */
export function writeNpy(tensor: Tensor): Uint8Array<ArrayBuffer> {
  const { shape, data } = tensor;
  const size = data.BYTES_PER_ELEMENT;
  if (data.length !== elementCount(shape)) {
    throw new SalientError('bad-tensor', `a tensor of shape ${formatShape(shape)} cannot hold ${data.length} numbers`);
  }
  const extents = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const dictionary = `{'descr': '<f${size}', 'fortran_order': False, 'shape': (${extents}), }`;
  const fixed = MAGIC.length + 4;
  const dataStart = Math.ceil((fixed + dictionary.length + 1) / ALIGNMENT) * ALIGNMENT;
  const bytes = new Uint8Array(dataStart + data.byteLength);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  bytes[MAGIC.length] = 1;
  view.setUint16(fixed - 2, dataStart - fixed, true);
  bytes.set(new TextEncoder().encode(`${dictionary.padEnd(dataStart - fixed - 1)}\n`), fixed);
  data.forEach((value, i) => {
    if (size === 4) view.setFloat32(dataStart + 4 * i, value, true);
    else view.setFloat64(dataStart + 8 * i, value, true);
  });
  return bytes;
}

function readHeader(bytes: Uint8Array, name: string): { header: Header; dataStart: number } {
  const damaged = (what: string) => new SalientError('bad-tensor', `${name} is no readable .npy file: ${what}`);
  if (bytes.length < MAGIC.length + 4 || MAGIC.some((byte, i) => bytes[i] !== byte)) {
    throw damaged(bytes.length === 0 ? 'it is empty' : 'it does not begin with the bytes \\x93NUMPY');
  }
  const version = bytes[MAGIC.length]!;
  if (version < 1 || version > 3) throw damaged(`its format version is ${version}; 1, 2 and 3 are known`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const textStart = version === 1 ? 10 : 12;
  if (bytes.length < textStart) throw damaged('it ends within the header');
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const dataStart = textStart + length;
  if (length > LONGEST_HEADER) throw damaged(`its header claims ${length} bytes; at most ${LONGEST_HEADER} make sense`);
  if (dataStart > bytes.length) throw damaged('it ends within the header');
  return { header: parseHeader(new TextDecoder().decode(bytes.subarray(textStart, dataStart)), damaged), dataStart };
}

/** Reads the header's Python dictionary, `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`. */
function parseHeader(text: string, damaged: (what: string) => SalientError): Header {
  if (/'descr'\s*:\s*\[/.test(text)) throw damaged('it holds records; a plain array of numbers is expected');
  const code = /'descr'\s*:\s*'([<>|=]?)([a-zA-Z]\d*)'/.exec(text);
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text);
  const extents = /'shape'\s*:\s*\(([\d\s,L]*)\)/.exec(text);
  if (!code || !order || !extents) throw damaged("its header lacks a valid 'descr', 'fortran_order' or 'shape'");
  const type = TYPES[code[2]!];
  if (type === undefined) {
    throw damaged(`it holds elements of type '${code[1]}${code[2]}'; floats, integers and booleans are read`);
  }
  const parts = extents[1]!.split(',').map((part) => part.trim().replace(/L$/, ''));
  if (parts.at(-1) === '') parts.pop();
  const shape = parts.map(Number);
  if (parts.includes('') || shape.some((n) => !Number.isSafeInteger(n)) || !Number.isSafeInteger(elementCount(shape))) {
    throw damaged(`its shape (${extents[1]}) makes no sense`);
  }
  return { type, bigEndian: code[1] === '>', fortranOrder: order[1] === 'True', shape };
}

function swapBytes(bytes: Uint8Array, size: number): Uint8Array {
  const swapped = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) swapped[i - (i % size) + size - 1 - (i % size)] = bytes[i]!;
  return swapped;
}

/** Column-major data (first axis fastest) to row-major. */
function toRowMajor<D extends Float32Array | Float64Array>(data: D, shape: Shape): D {
  const columnMajor = stridesOf([...shape].reverse()).reverse();
  const result = data.slice() as D;
  const index = new Array<number>(shape.length).fill(0);
  let from = 0;
  for (let to = 0; to < data.length; to++) {
    result[to] = data[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += columnMajor[axis]!;
      index[axis]! += 1;
      if (index[axis]! < shape[axis]!) break;
      from -= columnMajor[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return result;
}
