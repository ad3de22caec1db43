import { open } from 'node:fs/promises';
import { SalientError } from '../error.ts';

/** A file within a tar archive: its name, and where its bytes are. */
export interface TarEntry {
  readonly name: string;
  readonly offset: number;
  readonly length: number;
}

const BLOCK = 512;

/** Names longer than this are no file's. */
const LONGEST_NAME = 65536;

/**
 * The regular files of a tar archive (POSIX ustar with pax and GNU's long names), in their order. Only headers are read.
 * @throws SalientError 'io' where it cannot be read, 'bad-file' where it is no tar archive, or cut off
 */
export async function readTar(path: string): Promise<TarEntry[]> {
  const bad = (what: string) => new SalientError('bad-file', `"${path}" ${what}; copy or download it again`);
  const file = await open(path).catch((cause: unknown) => {
    throw new SalientError('io', `cannot read "${path}": ${(cause as Error).message}`, { cause });
  });
  try {
    const { size: total } = await file.stat();
    const bytesAt = async (offset: number, length: number, what: string): Promise<Buffer> => {
      const bytes = Buffer.alloc(length);
      const { bytesRead } = await file.read(bytes, 0, length, offset);
      if (bytesRead < length) throw bad(`is cut off at byte ${total}, within ${what}`);
      return bytes;
    };
    const entries: TarEntry[] = [];
    /** Of an extended header, for the entry after it. */
    let longName: string | undefined;
    for (let at = 0; ; ) {
      if (at >= total) throw bad(`is cut off at byte ${total}: its end mark is missing`);
      const header = await bytesAt(at, BLOCK, 'a header');
      if (header.every((byte) => byte === 0)) return entries;
      if (!hasChecksum(header)) throw bad(`is no tar archive, or damaged at byte ${at}`);
      const length = numberIn(header.subarray(124, 136));
      const type = String.fromCharCode(header[156]!);
      const name = longName ?? nameIn(header);
      const offset = at + BLOCK;
      if (!Number.isSafeInteger(length) || offset + length > total) {
        throw bad(`is cut off at byte ${total}, within "${name}" (${length} bytes)`);
      }
      longName = undefined;
      if (type === 'L' || type === 'x') {
        if (length > LONGEST_NAME) throw bad(`has a name of ${length} bytes at byte ${at}`);
        const text = (await bytesAt(offset, length, 'a name')).toString('utf8');
        longName = type === 'L' ? text.replace(/\0.*$/s, '') : paxPath(text);
      } else if (type === '0' || type === '\0') entries.push({ name, offset, length });
      at = offset + Math.ceil(length / BLOCK) * BLOCK;
    }
  } finally {
    await file.close();
  }
}

/** Bytes of an entry. */
export async function readTarEntry(path: string, { offset, length }: TarEntry): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const bytes = Buffer.alloc(length);
    const { bytesRead } = await file.read(bytes, 0, length, offset);
    if (bytesRead < length) throw new SalientError('io', `"${path}" became shorter while it was read`);
    return bytes;
  } finally {
    await file.close();
  }
}

/** The sum of the header's bytes, its own field counted as spaces. */
function hasChecksum(header: Buffer): boolean {
  let sum = 8 * 32;
  for (const [index, byte] of header.entries()) if (index < 148 || index >= 156) sum += byte;
  return numberIn(header.subarray(148, 156)) === sum;
}

/** Octal digits; or, where the first bit is set, the number itself, as GNU tar writes large ones. */
function numberIn(field: Buffer): number {
  if ((field[0]! & 0x80) !== 0) return field.subarray(1).reduce((value, byte) => value * 256 + byte, field[0]! & 0x7f);
  const digits = field.toString('latin1').replaceAll(/[\0 ]/g, '');
  return /^[0-7]*$/.test(digits) ? Number.parseInt(digits || '0', 8) : Number.NaN;
}

function nameIn(header: Buffer): string {
  const text = (from: number, to: number) => header.subarray(from, to).toString('utf8').replace(/\0.*$/s, '');
  const prefix = text(257, 262) === 'ustar' ? text(345, 500) : '';
  return prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`;
}

/** The path of a pax header: lines "LENGTH KEY=VALUE". */
function paxPath(text: string): string | undefined {
  return /(?:^|\n)\d+ path=([^\n]*)\n/.exec(text)?.[1];
}
