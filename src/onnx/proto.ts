import { SalientError } from '../error.ts';
import { ProtobufReader } from './protobuf.ts';
import { decodeEntry, decodeTensor, type ProtoTensor } from './tensor-proto.ts';
import { readFields, readRepeated } from './wire.ts';

/**
 * The parts of ModelProto (onnx.proto3) that this project reads, as plain data. Nothing is interpreted here, and
 * tensor data stays where it is: views into the file's bytes.
 */
export interface ProtoModel {
  readonly irVersion: number;
  readonly producerName: string;
  readonly producerVersion: string;
  readonly domain: string;
  readonly modelVersion: number;
  readonly documentation: string;
  readonly operatorSets: readonly { readonly domain: string; readonly version: number }[];
  readonly metadata: ReadonlyMap<string, string>;
  readonly graph: ProtoGraph;
}

export interface ProtoGraph {
  readonly name: string;
  readonly nodes: readonly ProtoNode[];
  readonly initializers: readonly ProtoTensor[];
  readonly inputs: readonly ProtoValue[];
  readonly outputs: readonly ProtoValue[];
  readonly sparseInitializers: number;
}

export interface ProtoNode {
  readonly name: string;
  readonly op: string;
  readonly domain: string;
  /** Value names; an empty string is an absent optional input. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, ProtoAttribute>;
}

export type ProtoAttribute =
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'tensor'; readonly value: ProtoTensor }
  | { readonly kind: 'floats'; readonly value: readonly number[] }
  | { readonly kind: 'ints'; readonly value: readonly number[] }
  | { readonly kind: 'graph' | 'other' };

/** A graph input or output. A dimension is a number, a symbol's name, or undefined where the file says nothing. */
export interface ProtoValue {
  readonly name: string;
  /** TensorProto.DataType; 0 where the value is no tensor or the file does not say. */
  readonly dataType: number;
  readonly shape: readonly (number | string | undefined)[] | undefined;
}

/**
 * Reads the bytes of an .onnx file.
 * @throws SalientError 'bad-file' where they are no ONNX model, or a damaged one.
 */
export function decodeModel(file: Uint8Array): ProtoModel {
  // Node's Buffer has a slice() of its own; what is made of these bytes must not depend on the caller's class.
  const bytes = new Uint8Array(file.buffer, file.byteOffset, file.byteLength);
  refuseOtherFiles(bytes);
  let graph: ProtoGraph | undefined;
  let irVersion = 0;
  let producerName = '';
  let producerVersion = '';
  let domain = '';
  let modelVersion = 0;
  let documentation = '';
  const operatorSets: { domain: string; version: number }[] = [];
  const metadata = new Map<string, string>();
  try {
    readFields(bytes, {
      1: (reader) => {
        irVersion = reader.int64();
      },
      2: (reader) => {
        producerName = reader.string();
      },
      3: (reader) => {
        producerVersion = reader.string();
      },
      4: (reader) => {
        domain = reader.string();
      },
      5: (reader) => {
        modelVersion = reader.int64();
      },
      6: (reader) => {
        documentation = reader.string();
      },
      7: (reader) => {
        refuseTruncated(reader, bytes);
        graph = decodeGraph(reader.run());
      },
      8: (reader) => {
        operatorSets.push(decodeOperatorSet(reader.run()));
      },
      14: (reader) => {
        metadata.set(...decodeEntry(reader.run()));
      },
    });
  } catch (error) {
    if (error instanceof SalientError) throw error;
    throw new SalientError('bad-file', notOnnx('its protobuf structure is broken'), { cause: error });
  }
  if (graph === undefined) throw new SalientError('bad-file', notOnnx('it holds no graph'));
  return {
    irVersion,
    producerName,
    producerVersion,
    domain,
    modelVersion,
    documentation,
    operatorSets,
    metadata,
    graph,
  };
}

function notOnnx(found: string): string {
  return `this is not an ONNX model, or a damaged one: ${found}; check the file, or download it again`;
}

const OTHER_FILES: readonly (readonly [start: string, what: string])[] = [
  ['version https://git-lfs', 'a Git LFS pointer, not the model itself (fetch it with "git lfs pull")'],
  ['<', 'HTML or XML text, such as an error page that was saved as a model'],
  ['\x89PNG', 'a PNG picture'],
  ['\xff\xd8\xff', 'a JPEG picture'],
  ['PK\x03\x04', 'a ZIP archive (a PyTorch checkpoint is one; export it to ONNX first)'],
  ['\x1f\x8b', 'a gzip archive; unpack it first'],
  ['\x89HDF', 'an HDF5 file (a Keras model is one; convert it to ONNX first)'],
  ['{', 'JSON text'],
];

function refuseOtherFiles(bytes: Uint8Array): void {
  if (bytes.length === 0) throw new SalientError('bad-file', 'the model file is empty; download it again');
  const start = String.fromCharCode(...bytes.subarray(0, 32)).trimStart();
  const other = OTHER_FILES.find(([magic]) => start.startsWith(magic));
  if (other) throw new SalientError('bad-file', `this is not an ONNX model but ${other[1]}`);
}

/** The graph is nearly the whole file: where it should end beyond the last byte, the file has been cut off. */
function refuseTruncated(reader: ProtobufReader, bytes: Uint8Array): void {
  const peek = new ProtobufReader(bytes);
  peek.position = reader.position;
  const end = peek.uint32() + peek.position;
  if (end > bytes.length) {
    throw new SalientError(
      'bad-file',
      `the model file is truncated, or no ONNX model: its graph ends at byte ${end}, but the file has ${bytes.length}; download it again`,
    );
  }
}

function decodeGraph(bytes: Uint8Array): ProtoGraph {
  let name = '';
  let sparseInitializers = 0;
  const nodes: ProtoNode[] = [];
  const initializers: ProtoTensor[] = [];
  const inputs: ProtoValue[] = [];
  const outputs: ProtoValue[] = [];
  readFields(bytes, {
    1: (reader) => nodes.push(decodeNode(reader.run())),
    2: (reader) => {
      name = reader.string();
    },
    5: (reader) => initializers.push(decodeTensor(reader.run())),
    11: (reader) => inputs.push(decodeValue(reader.run())),
    12: (reader) => outputs.push(decodeValue(reader.run())),
    15: (reader) => {
      reader.run();
      sparseInitializers++;
    },
  });
  return { name, nodes, initializers, inputs, outputs, sparseInitializers };
}

function decodeNode(bytes: Uint8Array): ProtoNode {
  let name = '';
  let op = '';
  let domain = '';
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes = new Map<string, ProtoAttribute>();
  readFields(bytes, {
    1: (reader) => inputs.push(reader.string()),
    2: (reader) => outputs.push(reader.string()),
    3: (reader) => {
      name = reader.string();
    },
    4: (reader) => {
      op = reader.string();
    },
    5: (reader) => attributes.set(...decodeAttribute(reader.run())),
    7: (reader) => {
      domain = reader.string();
    },
  });
  return { name, op, domain: domain === 'ai.onnx' ? '' : domain, inputs, outputs, attributes };
}

/** AttributeProto.AttributeType; the names are those of {@link ProtoAttribute}. */
const ATTRIBUTE_KINDS = ['', 'float', 'int', 'string', 'tensor', 'graph', 'floats', 'ints'] as const;

function decodeAttribute(bytes: Uint8Array): [string, ProtoAttribute] {
  let name = '';
  let type = 0;
  let float = 0;
  let int = 0;
  let text = '';
  let tensor: ProtoTensor | undefined;
  const floats: number[] = [];
  const ints: number[] = [];
  let seen: (typeof ATTRIBUTE_KINDS)[number] = '';
  readFields(bytes, {
    1: (reader) => {
      name = reader.string();
    },
    2: (reader) => {
      float = reader.float();
      seen = 'float';
    },
    3: (reader) => {
      int = reader.int64();
      seen = 'int';
    },
    4: (reader) => {
      text = reader.string();
      seen = 'string';
    },
    5: (reader) => {
      tensor = decodeTensor(reader.run());
      seen = 'tensor';
    },
    6: (reader) => {
      reader.run();
      seen = 'graph';
    },
    7: (reader, packed) => {
      seen = 'floats';
      readRepeated(reader, packed, (run) => floats.push(run.float()));
    },
    8: (reader, packed) => {
      seen = 'ints';
      readRepeated(reader, packed, (run) => ints.push(run.int64()));
    },
    20: (reader) => {
      type = reader.int32();
    },
  });
  // Files of IR version 1 have no type field: then the field that is there says it.
  const kind = type === 0 ? seen : ATTRIBUTE_KINDS[type];
  switch (kind) {
    case 'float':
      return [name, { kind, value: float }];
    case 'int':
      return [name, { kind, value: int }];
    case 'string':
      return [name, { kind, value: text }];
    case 'tensor':
      return [name, tensor ? { kind, value: tensor } : { kind: 'other' }];
    case 'floats':
      return [name, { kind, value: floats }];
    case 'ints':
      return [name, { kind, value: ints }];
    case 'graph':
      return [name, { kind }];
    default:
      return [name, { kind: 'other' }];
  }
}

function decodeOperatorSet(bytes: Uint8Array): { domain: string; version: number } {
  const set = { domain: '', version: 0 };
  readFields(bytes, {
    1: (reader) => {
      set.domain = reader.string();
    },
    2: (reader) => {
      set.version = reader.int64();
    },
  });
  return set;
}

/** ValueInfoProto: a name and a TypeProto, of which tensors are read. */
function decodeValue(bytes: Uint8Array): ProtoValue {
  let name = '';
  let dataType = 0;
  let shape: (number | string | undefined)[] | undefined;
  const readTensorType = (tensor: Uint8Array) =>
    readFields(tensor, {
      1: (reader) => {
        dataType = reader.int32();
      },
      2: (reader) => {
        const dims: (number | string | undefined)[] = [];
        readFields(reader.run(), { 1: (dim) => dims.push(decodeDimension(dim.run())) });
        shape = dims;
      },
    });
  readFields(bytes, {
    1: (reader) => {
      name = reader.string();
    },
    2: (reader) => readFields(reader.run(), { 1: (type) => readTensorType(type.run()) }),
  });
  return { name, dataType, shape };
}

function decodeDimension(bytes: Uint8Array): number | string | undefined {
  let value: number | undefined;
  let symbol = '';
  readFields(bytes, {
    1: (reader) => {
      value = reader.int64();
    },
    2: (reader) => {
      symbol = reader.string();
    },
  });
  return symbol || value;
}
