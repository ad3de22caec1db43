import { SalientError } from '../../error.ts';
import { loadBullMQ } from '../bullmq.ts';
import { type Command, type CommandContext, countOption, parseWords } from '../command.ts';
import { printLine } from '../output/print.ts';
import { workOnQueue } from '../queue-work.ts';

const HELP = `usage: salient worker --queue redis://HOST:PORT [OPTIONS]

Works on the shards of \`salient queue fill\`, one after the other, as one of any number of workers. Each shard is done in
a process of its own. Ctrl-C or SIGTERM ends it after the photograph that it is at; the shard goes back to the queue.

  --queue URL     redis:// or rediss://
  --name NAME     of the queue; default salient
  --lock S        seconds after which another worker takes a shard from one that says no more; default 30
  --until-empty   end when no shard is left, in place of waiting for more`;

const OPTIONS = {
  queue: { type: 'string' },
  name: { type: 'string' },
  lock: { type: 'string' },
  'until-empty': { type: 'boolean' },
} as const;

export const command: Command = {
  summary: { worker: 'work on the shards of a queue' },
  help: HELP,
  run,
};

async function run(words: string[], { signal }: CommandContext): Promise<void> {
  const { values } = parseWords(words, OPTIONS, 'worker');
  const { queue: url, name = 'salient' } = values;
  if (url === undefined) throw new SalientError('bad-argument', '--queue is missing; give redis://HOST:PORT');
  const controller = new AbortController();
  const stop = () => controller.abort();
  signal.addEventListener('abort', stop);
  process.once('SIGTERM', stop);
  await workOnQueue(await loadBullMQ(), {
    url,
    name,
    lock: 1000 * (countOption(values.lock, 'lock') ?? 30),
    untilEmpty: values['until-empty'] === true,
    signal: controller.signal,
    say: printLine,
  });
}
