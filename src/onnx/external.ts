import { SalientError } from '../error.ts';
import { STORED_BYTES } from '../tensor/source.ts';
import { elementCount } from '../tensor/tensor.ts';
import type { ProtoModel } from './proto.ts';
import { type ProtoTensor, storedTypeOf } from './tensor-proto.ts';

/**
 * Reads `length` bytes from `offset` of an external data file. `path` is relative to the model's folder, with forward
 * slashes, and never leads out of it by name; who reads from a file system must also refuse links that do.
 */
export type ReadExternal = (path: string, offset: number, length: number) => Promise<Uint8Array>;

/** The bytes of a data file that tensors are. */
interface Range {
  readonly tensor: ProtoTensor;
  readonly name: string;
  readonly path: string;
  readonly offset: number;
  readonly length: number;
}

/**
 * Fills in the data of tensors that lie in other files and that something reads. Tensors may share a range, which is
 * read once, but not parts of one: so a model never takes more memory than its files have bytes.
 */
export async function loadExternalData(model: ProtoModel, readExternal: ReadExternal | undefined): Promise<void> {
  const ranges: Range[] = [];
  const note = (tensor: ProtoTensor, name: string): void => {
    if (tensor.external !== undefined) ranges.push(rangeOf(tensor, name, readExternal !== undefined));
  };
  const read = new Set(model.graph.outputs.map((output) => output.name));
  for (const node of model.graph.nodes) for (const input of node.inputs) read.add(input);
  for (const tensor of model.graph.initializers) if (read.has(tensor.name)) note(tensor, tensor.name);
  for (const node of model.graph.nodes) {
    if (!node.outputs.some((output) => read.has(output))) continue;
    for (const attribute of node.attributes.values()) {
      if (attribute.kind === 'tensor') note(attribute.value, node.outputs[0] ?? node.name);
    }
  }
  ranges.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : a.offset - b.offset || a.length - b.length));
  let before: Range | undefined;
  for (const range of ranges) {
    if (before !== undefined && isSame(before, range)) range.tensor.data = before.tensor.data;
    else {
      if (before?.path === range.path && range.offset < before.offset + before.length) {
        throw refusal(range.name, `from ${range.offset} on overlaps that of "${before.name}"; the file is damaged`);
      }
      range.tensor.data = await readRange(range, readExternal!);
    }
    if (range.length > 0) before = range;
  }
}

function isSame(a: Range, b: Range): boolean {
  return a.path === b.path && a.offset === b.offset && a.length === b.length;
}

function refusal(name: string, text: string): SalientError {
  return new SalientError('bad-file', `tensor "${name}": its external data ${text}`);
}

async function readRange({ name, path, offset, length }: Range, readExternal: ReadExternal): Promise<Uint8Array> {
  const data = await readExternal(path, offset, length);
  if (data.length === length) return data;
  throw refusal(name, `has ${data.length} bytes from ${offset} on, but ${length} are needed`);
}

function rangeOf(tensor: ProtoTensor, name: string, canRead: boolean): Range {
  const { path, offset, length } = tensor.external!;
  const fail = (text: string): never => {
    throw refusal(name, text);
  };
  const parts = path.split(/[/\\]/);
  if (path === '' || /^([/\\]|[a-z]+:)/i.test(path) || path.includes('\0') || parts.includes('..')) {
    fail(`"${path}" lies outside the model's folder; put the data file beside the model`);
  }
  const type = storedTypeOf(tensor.dataType);
  const needed = elementCount(tensor.shape) * (type === undefined ? 0 : STORED_BYTES[type]);
  if (!tensor.shape.every((extent) => extent >= 0) || !Number.isSafeInteger(needed)) {
    fail(`has the shape [${tensor.shape.join(', ')}]; the file is damaged`);
  }
  if (!Number.isSafeInteger(offset) || offset < 0 || (length ?? needed) !== needed) {
    fail(`has offset ${offset} and length ${length}, but ${needed} bytes are needed; the file is damaged`);
  }
  if (!canRead) {
    throw new SalientError(
      'bad-argument',
      `tensor "${name}" lies in the file "${path}" beside the model; open the model by its path, or give the option "readExternal"`,
    );
  }
  const file = parts.filter((part) => part !== '.' && part !== '').join('/');
  return { tensor, name, path: file, offset, length: needed };
}
