import { type FileHandle, open, readFile } from 'node:fs/promises';
import { SalientError } from '../error.ts';

/** Any value of JSON that is an object. */
export type Line = Readonly<Record<string, unknown>>;

/**
 * The results of a run, one JSON line an image after a header line, written as they come. A line counts once its line
 * break is on the disk: what a killed process left of a line is cut off when the file is opened again.
 */
export class ResultsFile {
  readonly #file: FileHandle;
  /** Lines of images that are there, by key. */
  readonly lines: Map<string, Line>;

  private constructor(file: FileHandle, lines: Map<string, Line>) {
    this.#file = file;
    this.lines = lines;
  }

  /**
   * Opens the file, or makes it with this header.
   * @throws SalientError 'bad-argument' where it was begun with another header, 'bad-file' where it is no such file, 'io'
   */
  static async open(path: string, header: Line): Promise<ResultsFile> {
    const file = await open(path, 'a+').catch((cause: unknown) => {
      throw new SalientError('io', `cannot write ${path}: ${(cause as Error).message}`, { cause });
    });
    try {
      const text = await readFile(path, 'utf8');
      const whole = text.slice(0, text.lastIndexOf('\n') + 1);
      if (whole.length < text.length) await file.truncate(Buffer.byteLength(whole));
      const [first, ...lines] = parseLines(whole, path);
      if (first === undefined) {
        await file.appendFile(`${JSON.stringify(header)}\n`);
        await file.datasync();
      } else requireSame(first, header, path);
      return new ResultsFile(file, new Map(lines.map((line) => [String(line.image), line])));
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Adds an image's line; it is on the disk when this returns. */
  async add(line: Line): Promise<void> {
    const key = String(line.image);
    if (this.lines.has(key)) throw new Error(`"${key}" has a result already`);
    await this.#file.appendFile(`${JSON.stringify(line)}\n`);
    await this.#file.datasync();
    this.lines.set(key, line);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

/** The header and the lines of a results file; a line that is cut off at the end does not count. */
export function parseLines(text: string, path: string): Line[] {
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line, index) => {
      try {
        return JSON.parse(line) as Line;
      } catch (cause) {
        throw new SalientError('bad-file', `${path}: line ${index + 1} is no JSON; move the file away, or mend it`, {
          cause,
        });
      }
    });
}

/** @throws SalientError 'bad-argument' naming what differs */
export function requireSame(found: Line, wanted: Line, path: string): void {
  const differing = [...new Set([...Object.keys(found), ...Object.keys(wanted)])].filter(
    (key) => !isNote(key) && JSON.stringify(found[key]) !== JSON.stringify(wanted[key]),
  );
  if (differing.length === 0) return;
  const [key] = differing as [string];
  const text = (value: unknown) => (JSON.stringify(value) ?? 'nothing').slice(0, 120);
  throw new SalientError(
    'bad-argument',
    `${path} belongs to another run: its ${key} is ${text(found[key])}, not ${text(wanted[key])}; choose another --out, or call with what it was begun with`,
  );
}

/** What may differ between two calls of one run: where it computes. */
function isNote(key: string): boolean {
  return key === 'device' || key === 'folder';
}
