import onnxProto from 'onnx-proto';
import { STORED_BYTES, type StoredType, type TensorSource } from '../tensor/source.ts';
import { elementCount, type Shape } from '../tensor/tensor.ts';
import { dataTypeOf } from './tensor-proto.ts';

const { onnx } = onnxProto;

/** A model to be written. */
export interface ModelDraft {
  readonly name: string;
  readonly inputs: readonly ValueDraft[];
  readonly outputs: readonly ValueDraft[];
  readonly nodes: readonly NodeDraft[];
  readonly initializers: readonly (TensorSource | StreamedTensor)[];
  /** Version of ONNX's operator set; 13 if absent. */
  readonly operatorSet?: number;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A float32 value; a dimension given by name is open. */
export interface ValueDraft {
  readonly name: string;
  readonly shape: readonly (number | string)[];
}

export interface NodeDraft {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly name?: string;
  readonly domain?: string;
  readonly attributes?: Readonly<Record<string, AttributeDraft>>;
}

export type AttributeDraft =
  | { readonly int: number }
  | { readonly ints: readonly number[] }
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly string: string }
  | { readonly tensor: TensorSource };

/** A tensor too large to hold: its little-endian bytes in chunks, each valid until the next is asked for. */
export interface StreamedTensor {
  readonly name: string;
  readonly shape: Shape;
  readonly type: StoredType;
  readonly chunks: () => Iterable<Uint8Array>;
}

/** Bytes to be written, and their number. */
interface Part {
  readonly length: number;
  readonly chunks: () => Iterable<Uint8Array>;
}

/** The bytes of an .onnx file in chunks, each valid until the next is asked for: weights are never held as a whole. */
export function* encodeModel(draft: ModelDraft): Generator<Uint8Array> {
  const graph = joined([
    ...draft.nodes.map((node) => field(1, whole(encodeNode(node)))),
    field(2, whole(new TextEncoder().encode(draft.name))),
    ...draft.initializers.map((tensor) => field(5, encodeTensor(tensor))),
    ...draft.inputs.map((value) => field(11, whole(encodeValue(value)))),
    ...draft.outputs.map((value) => field(12, whole(encodeValue(value)))),
  ]);
  yield onnx.ModelProto.encode({
    irVersion: 7,
    producerName: 'salient-relevance',
    opsetImport: [{ domain: '', version: draft.operatorSet ?? 13 }],
    metadataProps: Object.entries(draft.metadata ?? {}).map(([key, value]) => ({ key, value })),
  }).finish();
  yield* field(7, graph).chunks();
}

/** {@link encodeModel} as one array, for small models. */
export function modelBytes(draft: ModelDraft): Uint8Array {
  const chunks = Array.from(encodeModel(draft), (chunk) => chunk.slice());
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function whole(bytes: Uint8Array): Part {
  return { length: bytes.length, chunks: () => [bytes] };
}

function joined(parts: readonly Part[]): Part {
  return {
    length: parts.reduce((sum, part) => sum + part.length, 0),
    *chunks() {
      for (const part of parts) yield* part.chunks();
    },
  };
}

/** A length-delimited field. */
function field(number: number, content: Part): Part {
  return joined([whole(Uint8Array.from([...varint((number << 3) | 2), ...varint(content.length)])), content]);
}

function* varint(value: number): Generator<number> {
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) yield (rest % 0x80) | 0x80;
  yield rest;
}

function encodeTensor(tensor: TensorSource | StreamedTensor): Part {
  const { name, shape, type } = tensor;
  const header = onnx.TensorProto.encode({ name, dims: [...shape], dataType: dataTypeOf(type) }).finish();
  const data: Part =
    'bytes' in tensor
      ? whole(tensor.bytes)
      : { length: elementCount(shape) * STORED_BYTES[type], chunks: tensor.chunks };
  return joined([whole(header), field(9, data)]);
}

function encodeNode({ op, inputs, outputs, name, domain, attributes = {} }: NodeDraft): Uint8Array {
  return onnx.NodeProto.encode({
    opType: op,
    input: [...inputs],
    output: [...outputs],
    name: name ?? '',
    domain: domain ?? '',
    attribute: Object.entries(attributes).map(([key, value]) => attributeProto(key, value)),
  }).finish();
}

function attributeProto(name: string, draft: AttributeDraft) {
  const { AttributeType } = onnx.AttributeProto;
  if ('int' in draft) return { name, type: AttributeType.INT, i: draft.int };
  if ('ints' in draft) return { name, type: AttributeType.INTS, ints: [...draft.ints] };
  if ('float' in draft) return { name, type: AttributeType.FLOAT, f: draft.float };
  if ('floats' in draft) return { name, type: AttributeType.FLOATS, floats: [...draft.floats] };
  if ('string' in draft) return { name, type: AttributeType.STRING, s: new TextEncoder().encode(draft.string) };
  const { shape, type, bytes } = draft.tensor;
  return { name, type: AttributeType.TENSOR, t: { dims: [...shape], dataType: dataTypeOf(type), rawData: bytes } };
}

function encodeValue({ name, shape }: ValueDraft): Uint8Array {
  const dim = shape.map((extent) => (typeof extent === 'number' ? { dimValue: extent } : { dimParam: extent }));
  return onnx.ValueInfoProto.encode({
    name,
    type: { tensorType: { elemType: dataTypeOf('float32'), shape: { dim } } },
  }).finish();
}
