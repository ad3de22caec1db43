import { isOrientation, orientationOf } from './exif.ts';
import { inflate } from './inflate.ts';
import type { Orientation } from './orient.ts';

/** A textual chunk that may say how a picture was taken: its type and data. */
export interface TextChunk {
  readonly type: 'tEXt' | 'zTXt' | 'iTXt';
  readonly data: Uint8Array;
}

/** More than any camera writes. */
const MOST_BYTES = 2 ** 20;
const MOST_EXAMINED = 4;

/**
 * The orientation of a PNG file: of its eXIf chunk, else of the EXIF profile that ImageMagick writes as text, else of
 * XMP's `tiff:Orientation`; 1, upright, where there is none or it is damaged.
 */
export async function pngOrientation(exif: Uint8Array, texts: readonly TextChunk[]): Promise<Orientation> {
  if (exif.length > 0) return orientationOf(exif) ?? 1;
  let xmp: Orientation | undefined;
  let examined = 0;
  for (const { type, data } of texts) {
    const { keyword, rest } = keywordOf(data);
    if (!/^(Raw profile type (exif|APP1)|XML:com\.adobe\.xmp)$/.test(keyword)) continue;
    if (++examined > MOST_EXAMINED) break;
    if (keyword.startsWith('Raw') && type !== 'iTXt') {
      const text = latin1(type === 'zTXt' ? await inflated(rest.subarray(1)) : rest);
      const found = orientationOf(withoutPrefix(bytesOfProfile(text)));
      if (found !== undefined) return found;
    }
    if (keyword.startsWith('XML') && type === 'iTXt') xmp ??= ofXmp(await internationalText(rest));
  }
  return xmp ?? 1;
}

function keywordOf(data: Uint8Array): { readonly keyword: string; readonly rest: Uint8Array } {
  const end = data.indexOf(0);
  return { keyword: latin1(data.subarray(0, Math.min(end, 80))), rest: data.subarray(end + 1) };
}

/** The text of an iTXt chunk after its keyword: compression flag and method, language, translated keyword, text. */
async function internationalText(rest: Uint8Array): Promise<string> {
  const language = rest.indexOf(0, 2);
  const translated = rest.indexOf(0, language + 1);
  if (language < 0 || translated < 0) return '';
  const text = rest.subarray(translated + 1);
  return latin1(rest[0] === 1 ? await inflated(text) : text);
}

function ofXmp(text: string): Orientation | undefined {
  const match = /tiff:Orientation(?:="|>)([0-9])/.exec(text);
  const value = Number(match?.[1]);
  return isOrientation(value) ? value : undefined;
}

/** The bytes of "\nexif\n      26\n45786966…": name, number of bytes, hexadecimal digits in lines. */
function bytesOfProfile(text: string): Uint8Array {
  const digits = /^\s*\S+\s+\d+\s+([\s0-9a-f]*)/i.exec(text)?.[1]?.replaceAll(/\s/g, '') ?? '';
  return Uint8Array.from({ length: digits.length >> 1 }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16));
}

function withoutPrefix(bytes: Uint8Array): Uint8Array {
  return latin1(bytes.subarray(0, 6)) === 'Exif\0\0' ? bytes.subarray(6) : bytes;
}

/** At most {@link MOST_BYTES} of a zlib stream; what can be read of a damaged one. */
async function inflated(compressed: Uint8Array): Promise<Uint8Array> {
  const bytes = new Uint8Array(MOST_BYTES);
  let length = 0;
  try {
    for await (const piece of inflate([compressed], () => new Error('damaged'))) {
      const part = piece.subarray(0, bytes.length - length);
      bytes.set(part, length);
      length += part.length;
      if (length === bytes.length) break;
    }
  } catch {
    // A picture is not refused for its metadata.
  }
  return bytes.subarray(0, length);
}

function latin1(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
