import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Answer, Cost, Request } from './serve.ts';

export interface Launch {
  readonly command: string;
  readonly words: readonly string[];
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** A contestant in a process of its own: its memory, its threads and its garbage are not the others'. */
export class Peer implements AsyncDisposable {
  readonly description: string;
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<Answer>;

  private constructor(description: string, child: ChildProcess, answers: AsyncIterator<Answer>) {
    this.description = description;
    this.#child = child;
    this.#answers = answers;
  }

  /** Starts a process; fails with the last line it wrote to stderr where it does not come up. */
  static async start({ command, words, environment }: Launch): Promise<Peer> {
    const child = spawn(command, words, { env: { ...process.env, ...environment }, stdio: ['pipe', 'pipe', 'pipe'] });
    const answers = answersOf(child);
    const { description = command } = await nextAnswer(answers);
    return new Peer(description, child, answers);
  }

  /** Asks, and gives what the contestant measured. */
  async ask(request: Request): Promise<Cost> {
    this.#child.stdin!.write(`${JSON.stringify(request)}\n`);
    const { milliseconds, processor } = await nextAnswer(this.#answers);
    return { milliseconds: milliseconds!, processor: processor! };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await ended;
  }
}

async function nextAnswer(answers: AsyncIterator<Answer>): Promise<Answer> {
  const { value } = await answers.next();
  const answer: Answer = value;
  if (answer.error !== undefined) throw new Error(answer.error);
  return answer;
}

/** The answers of a process, and at its end an error that says why it ended. */
async function* answersOf(child: ChildProcess): AsyncGenerator<Answer> {
  const complaints: string[] = [];
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => {
      // The line of an exception, before or after its stack.
      const complaint = complaints.findLast((line) => /^[\w.]*Error\b/.test(line)) ?? complaints.at(-1);
      resolve(complaint ?? `ended with ${signal ?? `code ${code}`}`);
    });
  });
  createInterface({ input: child.stderr! }).on('line', (line) => {
    if (line.trim() !== '') complaints.push(line.trim());
  });
  // A runtime's own chatter is no answer.
  for await (const line of createInterface({ input: child.stdout! })) {
    if (line.startsWith('{')) yield JSON.parse(line) as Answer;
  }
  yield { error: await ended };
}
