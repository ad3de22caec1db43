import { SalientError } from '../../error.ts';
import { loadBullMQ, openQueue } from '../bullmq.ts';
import { type Command, type CommandContext, countOption, parseWords } from '../command.ts';
import { printJson, printLine } from '../output/print.ts';
import { fillQueue, STATES, shardsOf, workOn } from '../queue-work.ts';

const HELP = `usage: salient queue fill --shards N [--queue redis://HOST:PORT] -- compare DIR --model A --model B --out OUT
       salient queue status --queue redis://HOST:PORT

A command that takes --shard, cut into N shards that any number of machines work on (salient worker), which see the same
folders. A shard is a job of BullMQ on Redis: it is there once, however often it is filled in; what a worker leaves
behind, the next one goes on with. Afterwards \`salient merge OUT\`.

  fill      adds the shards; without --queue they are done here, one after the other, and nothing is installed for it
  status    how many wait, are worked on, are done, have failed, and why

  --queue URL     redis:// or rediss://
  --name NAME     of the queue; default salient
  --shards N
  --json          the figures as JSON`;

const OPTIONS = {
  queue: { type: 'string' },
  name: { type: 'string' },
  shards: { type: 'string' },
} as const;

export const command: Command = {
  summary: {
    'queue fill': 'cut a run into shards for many machines',
    'queue status': 'how far they are',
  },
  help: HELP,
  run,
};

async function run(words: string[], { signal }: CommandContext): Promise<void> {
  const [action, ...rest] = words;
  const cut = rest.indexOf('--');
  const own = cut < 0 ? rest : rest.slice(0, cut);
  const work = cut < 0 ? [] : rest.slice(cut + 1);
  const { values, positionals } = parseWords(own, OPTIONS, 'queue');
  if ((action !== 'fill' && action !== 'status') || positionals.length > 0) {
    const found = positionals[0] ?? action;
    throw new SalientError(
      'bad-argument',
      `${found === undefined ? 'an action is missing' : `there is no action "${found}"`}; choose fill or status, and put the command behind -- (\`salient queue --help\`)`,
    );
  }
  const { queue: url, name = 'salient' } = values;
  if (action === 'status') {
    if (url === undefined) throw new SalientError('bad-argument', '--queue is missing; give redis://HOST:PORT');
    await status(url, name, values.json === true);
    return;
  }
  const count = countOption(values.shards, 'shards');
  if (count === undefined) throw new SalientError('bad-argument', '--shards is missing; give how many parts');
  if (work.length === 0 || work.includes('--shard')) {
    throw new SalientError(
      'bad-argument',
      'give the command behind --, without --shard: `salient queue fill … -- compare DIR …`',
    );
  }
  const shards = shardsOf(work, count, process.cwd());
  if (url === undefined) {
    for (const shard of shards) {
      printLine(`${shard.index + 1}/${count}: ${work.join(' ')}`);
      await workOn(shard, signal);
    }
    return;
  }
  const queue = await openQueue(await loadBullMQ(), url, name);
  try {
    await fillQueue(queue, shards);
  } finally {
    await queue.close();
  }
  if (values.json) printJson({ queue: url, name, shards: count });
  else printLine(`${count} shards are in the queue "${name}"; \`salient worker --queue ${url}\` works on them`);
}

async function status(url: string, name: string, asJson: boolean): Promise<void> {
  const queue = await openQueue(await loadBullMQ(), url, name);
  try {
    const counts = await queue.getJobCounts(...STATES);
    const failed = (await queue.getFailed()).map(({ name: shard, failedReason = '' }) => ({
      shard,
      reason: failedReason,
    }));
    const active = (await queue.getActive()).map((job) => job.name);
    if (asJson) {
      printJson({ ...counts, shardsActive: active, failures: failed });
      return;
    }
    printLine(STATES.map((state) => `${counts[state] ?? 0} ${state}`).join(', '));
    if (active.length > 0) printLine(`  worked on: ${active.join(', ')}`);
    for (const { shard, reason } of failed) printLine(`  ${shard} failed: ${reason}`);
  } finally {
    await queue.close();
  }
}
