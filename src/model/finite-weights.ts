import { SalientError } from '../error.ts';
import { STORED_BYTES, type TensorSource } from '../tensor/source.ts';
import { elementCount } from '../tensor/tensor.ts';
import { Turns } from '../tensor/turns.ts';

/**
 * Makes sure that weights hold neither NaN nor an infinity, which would become the whole explanation.
 * @throws SalientError 'bad-tensor' with the name, the first place and the number of such values; 'aborted'
 */
export async function requireFiniteWeights(
  constants: ReadonlyMap<string, TensorSource>,
  signal?: AbortSignal | undefined,
): Promise<void> {
  const turns = new Turns(signal);
  for (const [name, { type, shape, bytes }] of constants) {
    if (!type.startsWith('float')) continue;
    if (type === 'float32' && (await allFinite(bytes, turns))) continue;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const size = STORED_BYTES[type];
    // An exponent of ones only means NaN or an infinity; it lies in the last two bytes of each element.
    const mask = type === 'float32' ? 0x7f80 : type === 'float64' ? 0x7ff0 : 0x7c00;
    let first = -1;
    let count = 0;
    for (let index = 0, at = size - 2; at < bytes.byteLength; index++, at += size) {
      if ((view.getUint16(at, true) & mask) !== mask) continue;
      if (count++ === 0) first = index;
    }
    if (count === 0) continue;
    throw new SalientError(
      'bad-tensor',
      `the weights "${name}" hold NaN or an infinity ${count} times among ${elementCount(shape)} numbers, first at index ${first}; train or export the network again`,
    );
  }
}

/** Bytes between two looks whether others are due. */
const STRETCH = 1 << 22;

/** Bytes that are looked at in one go where they have to be moved first. */
const PIECE = 1 << 16;

/** Whether float32 numbers are finite: the quick look, as there are some hundred million. */
async function allFinite(bytes: Uint8Array, turns: Turns): Promise<boolean> {
  for (let at = 0; at < bytes.length; at += STRETCH) {
    if (!isFiniteStretch(bytes.subarray(at, at + STRETCH))) return false;
    await turns.next();
  }
  return true;
}

function isFiniteStretch(bytes: Uint8Array): boolean {
  if (bytes.byteOffset % 4 === 0)
    return allFiniteWords(new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2));
  // In a file, weights begin anywhere; words can only be read from multiples of four.
  const piece = new Uint8Array(PIECE);
  for (let at = 0; at < bytes.length; at += PIECE) {
    const part = bytes.subarray(at, at + PIECE);
    piece.set(part);
    if (!allFiniteWords(new Uint32Array(piece.buffer, 0, part.length >> 2))) return false;
  }
  return true;
}

function allFiniteWords(words: Uint32Array): boolean {
  for (let index = 0; index < words.length; index++) if ((words[index]! & 0x7f800000) === 0x7f800000) return false;
  return true;
}
