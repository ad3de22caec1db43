import { STORED_BYTES } from '../tensor/source.ts';
import { elementCount } from '../tensor/tensor.ts';
import { OPERATORS } from './operators/table.ts';
import { decodeModel, type ProtoGraph, type ProtoModel, type ProtoValue } from './proto.ts';
import { dataTypeName, type ProtoTensor, storedTypeOf } from './tensor-proto.ts';

/** What an .onnx file says of itself. */
export interface ModelDescription {
  readonly name: string;
  readonly producer: string;
  readonly irVersion: number;
  /** Versions of the operator sets by domain; '' is ONNX's own. */
  readonly operatorSets: Readonly<Record<string, number>>;
  readonly modelVersion: number;
  readonly domain: string;
  readonly documentation: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly inputs: readonly ValueDescription[];
  readonly outputs: readonly ValueDescription[];
  /** How many nodes of each operator there are, most first; operators of other domains as `domain.Operator`. */
  readonly operators: Readonly<Record<string, number>>;
  /** Those operators that cannot be read. */
  readonly unsupported: readonly string[];
  /** Numbers in all initializers, and their size. */
  readonly parameters: number;
  readonly parameterBytes: number;
  /** Files beside the model in which weights lie. */
  readonly externalFiles: readonly string[];
}

export interface ValueDescription {
  readonly name: string;
  /** Element type, e.g. `float32`. */
  readonly type: string;
  /** A symbol such as `batch`, or '?', stands for an open dimension; absent where the file does not say. */
  readonly shape?: readonly (number | string)[];
}

/**
 * Describes an .onnx file, also one whose operators are not supported.
 * @throws SalientError 'bad-file'.
 */
export function describeModel(bytes: Uint8Array): ModelDescription {
  return descriptionOf(decodeModel(bytes));
}

/** Weights that stand in Constant nodes, as some exporters write them all: numbers with a fraction, along axes. */
function weightsInNodes({ nodes }: ProtoGraph): ProtoTensor[] {
  return nodes.flatMap(({ op, attributes }) => {
    const value = op === 'Constant' ? attributes.get('value') : undefined;
    if (value?.kind !== 'tensor' || value.value.shape.length === 0) return [];
    return /float/.test(dataTypeName(value.value.dataType)) ? [value.value] : [];
  });
}

/** {@link describeModel} of a file that is decoded. */
export function descriptionOf({ graph, ...model }: ProtoModel): ModelDescription {
  const counts = new Map<string, number>();
  for (const { domain, op } of graph.nodes) {
    const name = domain === '' ? op : `${domain}.${op}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const operators = [...counts].sort(([, a], [, b]) => b - a);
  const initializers = new Set(graph.initializers.map(({ name }) => name));
  const sizes = [...graph.initializers, ...weightsInNodes(graph)].map(({ shape, dataType }) => {
    const type = storedTypeOf(dataType);
    const count = elementCount(shape);
    return { count, bytes: type === undefined ? 0 : count * STORED_BYTES[type] };
  });
  return {
    name: graph.name,
    producer: `${model.producerName} ${model.producerVersion}`.trim(),
    irVersion: model.irVersion,
    operatorSets: Object.fromEntries(model.operatorSets.map(({ domain, version }) => [domain, version])),
    modelVersion: model.modelVersion,
    domain: model.domain,
    documentation: model.documentation,
    metadata: Object.fromEntries(model.metadata),
    inputs: graph.inputs.filter(({ name }) => !initializers.has(name)).map(describeValue),
    outputs: graph.outputs.map(describeValue),
    operators: Object.fromEntries(operators),
    unsupported: operators.map(([name]) => name).filter((name) => !OPERATORS.has(name)),
    parameters: sizes.reduce((sum, { count }) => sum + count, 0),
    parameterBytes: sizes.reduce((sum, size) => sum + size.bytes, 0),
    externalFiles: [...new Set(graph.initializers.flatMap(({ external }) => (external ? [external.path] : [])))],
  };
}

function describeValue({ name, dataType, shape }: ProtoValue): ValueDescription {
  const type = dataTypeName(dataType);
  return shape === undefined ? { name, type } : { name, type, shape: shape.map((extent) => extent || '?') };
}
