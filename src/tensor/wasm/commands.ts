import { KERNELS } from './binary.generated.ts';
import type { WasmMemory } from './memory.ts';
import type { Task } from './plan.ts';
import type { Block } from './step.ts';

/** Bytes of a command in memory: see wasm/main.ts. */
export const COMMAND_BYTES = 256;
const WORDS = COMMAND_BYTES / 4;
/** Kernel, items, next item, items done. */
const HEADER = 4;

/** Commands in device memory. */
export interface Commands {
  readonly address: number;
  readonly count: number;
}

/** Writes tasks as commands, every address resolved. */
export function writeCommands(
  memory: WasmMemory,
  address: number,
  tasks: readonly Task[],
  resolve: (block: Block) => number,
): Commands {
  const words = memory.words(address, tasks.length * WORDS);
  for (const [index, { kernel, items, args }] of tasks.entries()) {
    if (args.length > WORDS - HEADER) throw new RangeError(`${kernel} has ${args.length} arguments`);
    const numbers = args.map((arg) => (typeof arg === 'number' ? arg : resolve(arg.block) + arg.offset));
    words.set([KERNELS.indexOf(kernel), items, 0, 0, ...numbers], index * WORDS);
  }
  return { address, count: tasks.length };
}

/** Makes commands ready to be walked (again). */
export function resetCommands(memory: WasmMemory, { address, count }: Commands): void {
  const words = memory.words(address, count * WORDS);
  for (let index = 0; index < count; index++) words.fill(0, index * WORDS + 2, index * WORDS + HEADER);
}
