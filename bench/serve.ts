import { createInterface } from 'node:readline';
import { writeFileAtomically } from '../src/cli/output/files.ts';
import { writeNpy } from '../src/tensor/npy.ts';
import type { Tensor } from '../src/tensor/tensor.ts';

/** What a contestant is asked, one JSON object a line on its standard input. */
export type Request =
  /** Make a program ready to run; `input` is the .npy file that every run gets. */
  | {
      readonly do: 'open';
      readonly id: string;
      /** An .onnx file; none for `saliency`. */
      readonly model?: string;
      /** `forward`, a composite's name, or `saliency`. */
      readonly program: string;
      readonly batch: number;
      readonly input: string;
    }
  | { readonly do: 'run'; readonly id: string }
  /** Write the result of the last run (logits, relevance or SR map) as .npy. */
  | { readonly do: 'save'; readonly id: string; readonly file: string };

/** What a request took. */
export interface Cost {
  /** By the clock on the wall. */
  readonly milliseconds: number;
  /** Of the processor, in milliseconds: all threads of the contestant's process. */
  readonly processor: number;
}

/** The answer, one JSON object a line on standard output. The first answer comes unasked, when the contestant is up. */
export interface Answer extends Partial<Cost> {
  /** What is running, for people. */
  readonly description?: string;
  readonly error?: string;
}

/** An opened program. */
export interface Prepared {
  run(): Promise<Tensor>;
}

/** Answers requests until standard input ends. `open` is timed whole. */
export async function serve(
  description: string,
  open: (request: Request & { do: 'open' }) => Promise<Prepared>,
): Promise<void> {
  const prepared = new Map<string, Prepared>();
  const results = new Map<string, Tensor>();
  const handle = async (request: Request): Promise<Answer> => {
    const started = performance.now();
    const before = process.cpuUsage();
    switch (request.do) {
      case 'open':
        prepared.set(request.id, await open(request));
        break;
      case 'run':
        results.set(request.id, await prepared.get(request.id)!.run());
        break;
      case 'save': {
        const { shape, data } = results.get(request.id)!;
        await writeFileAtomically(request.file, writeNpy({ shape, data: Float32Array.from(data) }));
        break;
      }
    }
    const { user, system } = process.cpuUsage(before);
    return { milliseconds: performance.now() - started, processor: (user + system) / 1000 };
  };
  const say = (answer: Answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);
  say({ description });
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      say(await handle(JSON.parse(line) as Request));
    } catch (error) {
      say({ error: error instanceof Error ? error.message : String(error) });
    }
  }
  process.exit();
}
