import { SalientError } from '../error.ts';
import { STORED_BYTES, type StoredType, type TensorSource } from '../tensor/source.ts';
import { elementCount, formatShape } from '../tensor/tensor.ts';
import { ByteRuns, type FieldReader, readFields, readRepeated } from './wire.ts';

/** A TensorProto as read: data are views into the file, or not in this file at all. */
export interface ProtoTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** TensorProto.DataType. */
  readonly dataType: number;
  /** `raw_data`, or the payload of the typed field; of external tensors, filled in once it is read. */
  data: Uint8Array | undefined;
  /** How `data` is encoded: little-endian elements, or protobuf varints (int32_data, int64_data, uint64_data). */
  readonly encoding: 'elements' | 'varints';
  readonly external: ExternalLocation | undefined;
}

/** Where external data lies: a path relative to the model's folder, and a range of bytes (to the end if no length). */
export interface ExternalLocation {
  readonly path: string;
  readonly offset: number;
  readonly length: number | undefined;
}

const STORED_TYPES: Readonly<Record<number, StoredType>> = {
  1: 'float32',
  2: 'uint8',
  3: 'int8',
  4: 'uint16',
  5: 'int16',
  6: 'int32',
  7: 'int64',
  9: 'bool',
  10: 'float16',
  11: 'float64',
  12: 'uint32',
  13: 'uint64',
  16: 'bfloat16',
};

const OTHER_TYPES: Readonly<Record<number, string>> = {
  8: 'string',
  14: 'complex64',
  15: 'complex128',
};

/** Name of a TensorProto.DataType. */
export function dataTypeName(dataType: number): string {
  return STORED_TYPES[dataType] ?? OTHER_TYPES[dataType] ?? `type ${dataType}`;
}

/** TensorProto.DataType of a stored type. */
export function dataTypeOf(type: StoredType): number {
  return Number(Object.keys(STORED_TYPES).find((key) => STORED_TYPES[Number(key)] === type));
}

/** The type as which elements of a TensorProto.DataType are stored; undefined if this project does not read it. */
export function storedTypeOf(dataType: number): StoredType | undefined {
  return STORED_TYPES[dataType];
}

/** StringStringEntryProto. */
export function decodeEntry(bytes: Uint8Array): [key: string, value: string] {
  const entry: [string, string] = ['', ''];
  readFields(bytes, {
    1: (reader) => {
      entry[0] = reader.string();
    },
    2: (reader) => {
      entry[1] = reader.string();
    },
  });
  return entry;
}

/** Reads a TensorProto without copying its data. */
export function decodeTensor(bytes: Uint8Array): ProtoTensor {
  let name = '';
  let dataType = 0;
  let raw: Uint8Array | undefined;
  let isExternal = false;
  const shape: number[] = [];
  const external = new Map<string, string>();
  const elements = new ByteRuns();
  const varints = new ByteRuns();
  // Packed or not, the payload is the same run of encoded numbers.
  const numbers =
    (runs: ByteRuns, wireType: 0 | 1 | 5): FieldReader =>
    (reader, packed) => {
      if (packed) {
        runs.append(reader.run());
        return;
      }
      const start = reader.position;
      reader.skipField(wireType);
      runs.append(bytes.subarray(start, reader.position));
    };
  readFields(bytes, {
    1: (reader, packed) => readRepeated(reader, packed, (run) => shape.push(run.int64())),
    2: (reader) => {
      dataType = reader.int32();
    },
    4: numbers(elements, 5),
    5: numbers(varints, 0),
    7: numbers(varints, 0),
    8: (reader) => {
      name = reader.string();
    },
    9: (reader) => {
      raw = reader.run();
    },
    10: numbers(elements, 1),
    11: numbers(varints, 0),
    13: (reader) => {
      external.set(...decodeEntry(reader.run()));
    },
    14: (reader) => {
      isExternal = reader.int32() === 1;
    },
  });
  const length = external.get('length');
  const fixed = raw ?? elements.bytes;
  return {
    name,
    shape,
    dataType,
    data: fixed ?? varints.bytes,
    encoding: fixed === undefined && varints.bytes !== undefined ? 'varints' : 'elements',
    external: isExternal
      ? {
          path: external.get('location') ?? '',
          offset: Number(external.get('offset') ?? 0),
          length: length === undefined ? undefined : Number(length),
        }
      : undefined,
  };
}

/**
 * Reads one TensorProto: the content of the `.pb` files that accompany ONNX's tests and models.
 * @throws SalientError 'bad-file' for other bytes, 'bad-tensor' for damaged data, 'unsupported' for element types such
 *   as string.
 */
export function readTensorProto(bytes: Uint8Array): TensorSource {
  let tensor: ProtoTensor;
  try {
    tensor = decodeTensor(bytes);
  } catch (error) {
    throw new SalientError('bad-file', 'these bytes are no ONNX TensorProto; give a .pb file of ONNX test data', {
      cause: error,
    });
  }
  return tensorSource(tensor, tensor.name);
}

/** The tensor under the name `name`, its size checked; its data must be in the file. */
export function tensorSource(tensor: ProtoTensor, name: string): TensorSource {
  const type = STORED_TYPES[tensor.dataType];
  if (type === undefined) {
    throw new SalientError(
      'unsupported',
      `tensor "${name}" holds ${dataTypeName(tensor.dataType)}; convert the model to float32 (or float16, float64)`,
    );
  }
  const { shape } = tensor;
  const count = elementCount(shape);
  if (!shape.every((extent) => extent >= 0) || !Number.isSafeInteger(count)) {
    throw new SalientError('bad-tensor', `tensor "${name}" has the shape [${shape.join(', ')}]; the file is damaged`);
  }
  const data = tensor.data ?? new Uint8Array(0);
  const bytes = tensor.encoding === 'varints' ? decodeVarints(data, STORED_BYTES[type]) : data;
  const expected = count * STORED_BYTES[type];
  if (bytes.length !== expected) {
    throw new SalientError(
      'bad-tensor',
      `tensor "${name}" holds ${bytes.length} bytes, but ${formatShape(shape)} ${type} need ${expected}; the file is damaged or lacks its weights`,
    );
  }
  return { name, shape, type, bytes };
}

/** Protobuf varints as little-endian elements of `size` bytes (their low bits: negative numbers are sign-extended). */
function decodeVarints(payload: Uint8Array, size: number): Uint8Array {
  let count = 0;
  for (const byte of payload) if (byte < 0x80) count++;
  const bytes = new Uint8Array(count * size);
  const view = new DataView(bytes.buffer);
  let low = 0;
  let high = 0;
  let shift = 0;
  let offset = 0;
  for (const byte of payload) {
    const bits = byte & 0x7f;
    if (shift < 32) low |= bits << shift;
    if (shift > 24) high |= shift < 32 ? bits >>> (32 - shift) : bits << (shift - 32);
    shift += 7;
    if (byte >= 0x80) continue;
    if (size === 1) view.setUint8(offset, low);
    else if (size === 2) view.setUint16(offset, low, true);
    else view.setUint32(offset, low, true);
    if (size === 8) view.setUint32(offset + 4, high, true);
    offset += size;
    low = 0;
    high = 0;
    shift = 0;
  }
  return bytes;
}
