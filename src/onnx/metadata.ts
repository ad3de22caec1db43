import { decodeModel } from './proto.ts';

/** Field `metadata_props` of ModelProto (14), length-delimited; its entries have `key` (1) and `value` (2). */
const METADATA_PROPS = (14 << 3) | 2;
const KEY = (1 << 3) | 2;
const VALUE = (2 << 3) | 2;

/**
 * A model's file with one more entry in its metadata, and whether its weights lie in other files beside it. A protobuf
 * message may be continued at its end, so nothing of the file changes; of an entry that is there twice, the last counts.
 * @throws SalientError 'bad-file' where the bytes are no ONNX model
 */
export function withMetadata(
  bytes: Uint8Array,
  key: string,
  value: string,
): { readonly bytes: Uint8Array; readonly external: boolean } {
  const { graph } = decodeModel(bytes);
  const external = graph.initializers.some((tensor) => tensor.external !== undefined);
  const entry = joined(field(KEY, encoded(key)), field(VALUE, encoded(value)));
  return { bytes: joined(bytes, field(METADATA_PROPS, entry)), external };
}

const encoded = (text: string) => new TextEncoder().encode(text);

function field(tag: number, payload: Uint8Array): Uint8Array {
  return joined(Uint8Array.from([...varint(tag), ...varint(payload.length)]), payload);
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(Math.floor(value / 128))];
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
