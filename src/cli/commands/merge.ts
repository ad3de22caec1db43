import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SalientError } from '../../error.ts';
import { type Line, parseLines, requireSame } from '../../experiments/results-file.ts';
import { type Command, parseWords } from '../command.ts';
import { writeFileAtomically } from '../output/files.ts';
import { readInput } from '../read.ts';
import { finish, type Header } from './compare.ts';

const HELP = `usage: salient merge OUT

Joins the shards of a comparison, OUT/results.I-of-N.jsonl, to OUT/results.jsonl, and writes its report and summary.
Shards that are missing or not done are named.

  --json    print the summary as JSON`;

export const command: Command = {
  summary: { 'merge OUT': 'join the shards of a comparison' },
  help: HELP,
  run,
};

async function run(words: string[]): Promise<void> {
  const { values, positionals } = parseWords(words, {}, 'merge');
  const [out, ...others] = positionals;
  if (out === undefined || others.length > 0) {
    throw new SalientError(
      'bad-argument',
      `expected one folder, found ${positionals.length}; see \`salient merge --help\``,
    );
  }
  const files = await readdir(out).catch((cause: unknown) => {
    throw new SalientError('io', `cannot read the folder "${out}": ${(cause as Error).message}`, { cause });
  });
  const shards = files.flatMap((name) => {
    const match = /^results\.(\d+)-of-(\d+)\.jsonl$/.exec(name);
    return match ? [{ name, index: Number(match[1]), count: Number(match[2]) }] : [];
  });
  const [first] = shards;
  if (first === undefined) throw new SalientError('bad-argument', `"${out}" holds no shards, results.I-of-N.jsonl`);
  const { count } = first;
  const missing = Array.from({ length: count }, (_, i) => i + 1).filter(
    (index) => !shards.some((shard) => shard.index === index && shard.count === count),
  );
  if (missing.length > 0) {
    throw new SalientError(
      'bad-argument',
      `shards ${missing.slice(0, 10).join(', ')} of ${count} are missing in "${out}"; run them first`,
    );
  }
  let header: Line | undefined;
  const lines = new Map<string, Line>();
  for (const { name, index } of shards.filter((shard) => shard.count === count)) {
    const path = join(out, name);
    const [own, ...rest] = parseLines((await readInput(path)).toString('utf8'), path);
    if (own === undefined) throw new SalientError('bad-file', `${path} is empty; run shard ${index}/${count} first`);
    header ??= own;
    requireSame({ ...own, shard: '' }, { ...header, shard: '' }, path);
    for (const line of rest) lines.set(String(line.image), line);
  }
  const { images, seed } = header as { readonly images: number; readonly seed: number };
  if (lines.size !== images) {
    throw new SalientError(
      'bad-argument',
      `${lines.size} of ${images} photographs are done; run the shards to their end first`,
    );
  }
  const ordered = [...lines.values()].sort((one, other) => (String(one.image) < String(other.image) ? -1 : 1));
  const text = [{ ...header, shard: '1/1' }, ...ordered].map((line) => `${JSON.stringify(line)}\n`).join('');
  await writeFileAtomically(join(out, 'results.jsonl'), Buffer.from(text));
  await finish(out, ordered, header as unknown as Header, seed, values.json === true);
}
