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

/** Fills in the data of tensors that lie in other files. */
export async function loadExternalData(model: ProtoModel, readExternal: ReadExternal | undefined): Promise<void> {
  const load = async (tensor: ProtoTensor, name: string): Promise<void> => {
    if (tensor.external !== undefined) tensor.data = await readData(tensor, name, readExternal);
  };
  for (const tensor of model.graph.initializers) await load(tensor, tensor.name);
  for (const node of model.graph.nodes) {
    for (const attribute of node.attributes.values()) {
      if (attribute.kind === 'tensor') await load(attribute.value, node.outputs[0] ?? node.name);
    }
  }
}

async function readData(
  tensor: ProtoTensor,
  name: string,
  readExternal: ReadExternal | undefined,
): Promise<Uint8Array> {
  const { path, offset, length } = tensor.external!;
  const fail = (text: string): never => {
    throw new SalientError('bad-file', `tensor "${name}": its external data ${text}`);
  };
  const parts = path.split(/[/\\]/);
  if (path === '' || /^([/\\]|[a-z]+:)/i.test(path) || path.includes('\0') || parts.includes('..')) {
    fail(`"${path}" lies outside the model's folder; put the data file beside the model`);
  }
  const type = storedTypeOf(tensor.dataType);
  const needed = elementCount(tensor.shape) * (type === undefined ? 0 : STORED_BYTES[type]);
  if (!Number.isSafeInteger(offset) || offset < 0 || (length ?? needed) !== needed) {
    fail(`has offset ${offset} and length ${length}, but ${needed} bytes are needed; the file is damaged`);
  }
  if (readExternal === undefined) {
    throw new SalientError(
      'bad-argument',
      `tensor "${name}" lies in the file "${path}" beside the model; open the model by its path, or give the option "readExternal"`,
    );
  }
  const data = await readExternal(parts.filter((part) => part !== '.' && part !== '').join('/'), offset, needed);
  if (data.length !== needed) fail(`has ${data.length} bytes from ${offset} on, but ${needed} are needed`);
  return data;
}
