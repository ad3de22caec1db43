import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SalientError } from '../error.ts';
import { globMatches } from '../lrp/glob.ts';

/** What one pattern may become by its braces. */
const MOST = 100_000;

/** Whether a source is a pattern, and no file or folder of that name. */
export async function isGlob(source: string): Promise<boolean> {
  return /[*{]/.test(source) && (await stat(source).catch(() => undefined)) === undefined;
}

/**
 * The files that a pattern stands for, sorted: `*` is any part of one name, `**` any folders, `{a,b}` one of several,
 * `{000..012}` one of a series, as WebDataset's shards are named. `folder` is the part before the first of these, and
 * the files are relative to it, with `/`.
 *
 * @throws SalientError 'io' where the folder cannot be read, 'bad-argument' for a series that is too long
 */
export async function filesOfGlob(pattern: string): Promise<{ folder: string; files: string[] }> {
  const parts = pattern.split('/');
  const fixed = parts.findIndex((part) => /[*{]/.test(part));
  const folder = parts.slice(0, fixed).join('/') || (pattern.startsWith('/') ? '/' : '.');
  // A series may stand for very many names: they are looked up, and only what has a star is tried.
  const all = alternatives(parts.slice(fixed).join('/'));
  const names = new Set(all.filter((each) => !each.includes('*')));
  const globs = all.filter((each) => each.includes('*')).map((each) => each.split('/'));
  const matches = (name: string) => names.has(name) || globs.some((glob) => pathMatches(glob, name.split('/')));
  // Braces may hold a slash, and then each alternative has a depth of its own.
  const deepest = all.reduce((most, each) => {
    return Math.max(most, each.includes('**') ? Number.POSITIVE_INFINITY : each.split('/').length);
  }, 0);
  const files: string[] = [];
  await collect(folder, '', deepest);
  return { folder, files: files.sort() };

  async function collect(under: string, prefix: string, depth: number): Promise<void> {
    const entries = await readdir(under, { withFileTypes: true }).catch((cause: unknown) => {
      throw new SalientError('io', `cannot read the folder "${under}": ${(cause as Error).message}`, { cause });
    });
    for (const entry of entries) {
      const name = `${prefix}${entry.name}`;
      if (entry.isDirectory() && depth > 1) await collect(join(under, entry.name), `${name}/`, depth - 1);
      else if (!entry.isDirectory() && matches(name)) files.push(name);
    }
  }
}

/** `**` stands for any number of folders; the other parts match name by name. */
function pathMatches(glob: readonly string[], path: readonly string[]): boolean {
  // reach[i]: the parts of the pattern up to i match the path up to here.
  let reach = new Set([0]);
  const pastStars = (from: Set<number>) => {
    for (const at of from) if (glob[at] === '**') from.add(at + 1);
    return from;
  };
  reach = pastStars(reach);
  for (const name of path) {
    const next = new Set<number>();
    for (const at of reach) {
      if (glob[at] === '**') next.add(at);
      else if (glob[at] !== undefined && globMatches(glob[at], name)) next.add(at + 1);
    }
    reach = pastStars(next);
  }
  return reach.has(glob.length);
}

/** A pattern without braces for each choice within its braces. */
function alternatives(pattern: string): string[] {
  let all = [pattern];
  for (;;) {
    const match = /\{([^{}]*)\}/.exec(all[0]!);
    if (match === null) return all;
    const inside = choices(match[1]!);
    if (all.length * inside.length > MOST) {
      throw new SalientError(
        'bad-argument',
        `the pattern "${pattern}" stands for more than ${MOST} names; shorten its series`,
      );
    }
    all = all.flatMap((each) => inside.map((choice) => each.replace(match[0], () => choice)));
  }
}

function choices(inside: string): string[] {
  const series = /^(\d+)\.\.(\d+)$/.exec(inside);
  if (series === null) return inside.split(',');
  const [first, last] = [Number(series[1]), Number(series[2])];
  if (last < first || last - first >= MOST) {
    throw new SalientError('bad-argument', `the series {${inside}} must rise, by at most ${MOST} numbers`);
  }
  const digits = series[1]!.length;
  return Array.from({ length: last - first + 1 }, (_, i) => String(first + i).padStart(digits, '0'));
}
