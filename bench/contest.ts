import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type InterleaveOptions, interleave } from '../src/measure/interleave.ts';
import { pairedRatio, type Summary, summarize } from '../src/measure/statistics.ts';
import { readNpy } from '../src/tensor/npy.ts';
import type { Comparison } from './comparisons.ts';
import { type ContestantName, launchOf, type PeerPlaces } from './contestants.ts';
import { difference, TOLERANCE } from './difference.ts';
import { Peer } from './peer.ts';
import type { Cost } from './serve.ts';

export interface PeerResult {
  readonly name: ContestantName;
  /** Version and where it runs. */
  readonly description?: string;
  readonly milliseconds?: Summary;
  /** Its time over ours, round by round; absent where the results differ. */
  readonly ratio?: Summary;
  /** Milliseconds of the processor, all threads together. */
  readonly processor?: Summary;
  /** Its processor time over ours, as `ratio`. */
  readonly processorRatio?: Summary;
  /** {@link difference} from our result. */
  readonly difference?: number;
  /** Why it is absent. */
  readonly absent?: string;
}

export interface ComparisonResult {
  readonly key: string;
  readonly ours: string;
  readonly milliseconds: Summary;
  /** Milliseconds of the processor, all threads together. */
  readonly processor: Summary;
  /** Our time over that of our own forward pass, round by round. */
  readonly timesForward?: Summary;
  readonly peers: readonly PeerResult[];
}

export interface Files {
  /** Where results are put for a moment. */
  readonly folder: string;
  readonly model?: string;
  /** The .npy file of the input. */
  readonly input: string;
}

/** A contestant's process with its program. */
interface Runner {
  readonly name: ContestantName;
  readonly peer: Peer;
  /** Runs it in the order of interleaved rounds. */
  readonly id: string;
}

/** Runs one comparison: contestants come up, their results are compared, and then they are timed in turns. */
export async function contest(
  comparison: Comparison,
  files: Files,
  places: PeerPlaces,
  options: InterleaveOptions,
): Promise<ComparisonResult> {
  const processes: Peer[] = [];
  try {
    return await contestAmong(processes, comparison, files, places, options);
  } finally {
    for (const process of processes) await process[Symbol.asyncDispose]();
  }
}

async function contestAmong(
  processes: Peer[],
  comparison: Comparison,
  files: Files,
  places: PeerPlaces,
  options: InterleaveOptions,
): Promise<ComparisonResult> {
  const open = (id: string, program: string) => {
    const { batch } = comparison;
    const { input, model } = files;
    return { do: 'open', id, program, batch, input, ...(model === undefined ? {} : { model }) } as const;
  };
  let slowest = 0;
  const start = async (name: ContestantName): Promise<Runner> => {
    const peer = await Peer.start(await launchOf(name, places));
    processes.push(peer);
    if (comparison.timed === 'open') return { name, peer, id: 'main' };
    await peer.ask(open('main', comparison.program));
    slowest = Math.max(slowest, (await peer.ask({ do: 'run', id: 'main' })).milliseconds);
    return { name, peer, id: 'main' };
  };

  const ours = await start(comparison.ours);
  const absent: PeerResult[] = [];
  const rivals: Runner[] = [];
  const differences = new Map<ContestantName, number>();
  for (const name of comparison.peers) {
    try {
      const rival = await start(name);
      if (comparison.timed !== 'open') differences.set(name, await resultsDiffer(ours, rival, files.folder));
      rivals.push(rival);
    } catch (error) {
      absent.push({ name, absent: error instanceof Error ? error.message : String(error) });
    }
  }
  const runners = [ours, ...rivals];
  if (comparison.timesForward !== undefined) {
    await ours.peer.ask(open('forward', 'forward'));
    runners.push({ ...ours, id: 'forward' });
  }
  const measure = async ({ name, peer, id }: Runner): Promise<Cost> => {
    if (comparison.timed !== 'open') return peer.ask({ do: 'run', id });
    await using fresh = await Peer.start(await launchOf(name, places));
    return await fresh.ask(open('main', comparison.program));
  };
  const processor = new Map<string, number[]>();
  const contestants = runners.map((runner) => {
    const name = `${runner.name} ${runner.id}`;
    const used: number[] = [];
    processor.set(name, used);
    const run = async () => {
      const cost = await measure(runner);
      used.push(cost.processor);
      return cost.milliseconds;
    };
    return { name, run };
  });
  // Each has run once already: what takes seconds is warm.
  const times = await interleave(contestants, { ...options, warmUp: slowest > 2000 ? 0 : 2 });
  /** The processor's times of the measured rounds: those of the warm-up stand before them. */
  const processorOf = (name: string) => processor.get(name)!.slice(-times.get(name)!.length);
  const own = times.get(`${ours.name} main`)!;
  const ownProcessor = processorOf(`${ours.name} main`);
  const forward = times.get(`${ours.name} forward`);
  return {
    key: comparison.key,
    ours: ours.peer.description,
    milliseconds: summarize(own),
    processor: summarize(ownProcessor),
    ...(forward ? { timesForward: pairedRatio(forward, own) } : {}),
    peers: [
      ...rivals.map(({ name, peer }): PeerResult => {
        const theirs = times.get(`${name} main`)!;
        const used = processorOf(`${name} main`);
        const gap = differences.get(name);
        const equal = gap === undefined || gap <= TOLERANCE;
        return {
          name,
          description: peer.description,
          milliseconds: summarize(theirs),
          processor: summarize(used),
          ...(gap === undefined ? {} : { difference: gap }),
          ...(equal ? { ratio: pairedRatio(own, theirs), processorRatio: pairedRatio(ownProcessor, used) } : {}),
        };
      }),
      ...absent,
    ],
  };
}

/** How much the last results of two contestants differ. */
async function resultsDiffer(ours: Runner, theirs: Runner, folder: string): Promise<number> {
  const [a, b] = await Promise.all(
    [ours, theirs].map(async ({ peer, id }, index) => {
      const file = join(folder, `result.${index}.npy`);
      await peer.ask({ do: 'save', id, file });
      return readNpy(await readFile(file));
    }),
  );
  return difference(a!, b!);
}
