import { SalientError, throwIfAborted } from '../error.ts';
import type { Device, Executable, RunOptions, RunResult, StepProfile } from './device.ts';
import { measured } from './measured.ts';
import { type BufferId, type Program, storageOf } from './program.ts';
import { toFloat32, toFloat64 } from './source.ts';
import { elementCount, type Floats, formatShape, type Tensor } from './tensor.ts';

/**
 * The reference device: every operation's plain loops, one after the other, on float64 tensors. It is the definition
 * that the other devices are compared with, and the last resort where WebAssembly is forbidden.
 */
export function openReferenceDevice(): Device {
  let closed = false;
  const executables = new Set<Executable>();
  const close = () => {
    closed = true;
    for (const executable of [...executables]) executable.close();
  };
  return {
    kind: 'reference',
    description: 'reference (plain TypeScript, float64, one thread)',
    async prepare(program) {
      if (closed) throw new SalientError('closed', 'the device is closed; open another one');
      const executable = new ReferenceExecutable(program, () => executables.delete(executable));
      executables.add(executable);
      return executable;
    },
    close,
    [Symbol.dispose]: close,
  };
}

class ReferenceExecutable implements Executable {
  readonly program: Program;
  readonly placement: readonly string[];
  readonly #fixed = new Map<BufferId, Floats>();
  readonly #onClose: () => void;
  #queue: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(program: Program, onClose: () => void) {
    this.program = program;
    this.placement = program.steps.map(() => 'reference');
    this.#onClose = onClose;
  }

  get bytes(): number {
    let bytes = 0;
    for (const data of this.#fixed.values()) bytes += data.byteLength;
    return bytes;
  }

  run(inputs: ReadonlyMap<string, Floats>, options: RunOptions = {}): Promise<RunResult> {
    const result = this.#queue.then(() => this.#run(inputs, options));
    this.#queue = result.catch(() => undefined);
    return result;
  }

  async #run(inputs: ReadonlyMap<string, Floats>, options: RunOptions): Promise<RunResult> {
    this.#throwIfClosed();
    const { program } = this;
    const memory = new Map<BufferId, Floats>(this.#fixed);
    for (const [name, id] of program.inputs) memory.set(id, checkedInput(program, name, id, inputs.get(name)));
    const lastUse = lastUses(program);
    const profile: StepProfile[] = [];
    for (const [index, step] of program.steps.entries()) {
      await breathe();
      this.#throwIfClosed();
      throwIfAborted(options.signal);
      options.onProgress?.({ phase: step.phase, done: index, total: program.steps.length });
      if (step.outputs.every((id) => this.#fixed.has(id))) continue;
      const started = performance.now();
      const sources = step.inputs.map((id) => this.#read(memory, id));
      const targets = step.outputs.map((id): Tensor => {
        const { shape } = program.buffers[id]!;
        return { shape, data: new Float64Array(elementCount(shape)) };
      });
      step.operation.reference(sources, targets);
      for (const [position, id] of step.outputs.entries()) {
        memory.set(id, targets[position]!.data);
        if (program.buffers[id]!.fixed) this.#fixed.set(id, targets[position]!.data);
      }
      for (const id of lastUse.get(index) ?? []) if (!this.#fixed.has(id)) memory.delete(id);
      if (options.profile) profile.push(measured(program, step, performance.now() - started, 'processor'));
    }
    const outputs = new Map<string, Tensor>();
    for (const [name, id] of program.outputs) outputs.set(name, this.#read(memory, id));
    return options.profile ? { outputs, profile } : { outputs };
  }

  #read(memory: Map<BufferId, Floats>, id: BufferId): Tensor {
    const { shape } = this.program.buffers[id]!;
    const storage = storageOf(this.program, id);
    let data = memory.get(storage);
    if (data === undefined) {
      const { source, name } = this.program.buffers[storage]!;
      if (source === undefined) throw new Error(`buffer "${name}" is read before it is written`);
      data = source.type === 'float32' ? toFloat32(source) : toFloat64(source);
      this.#fixed.set(storage, data);
      memory.set(storage, data);
    }
    return { shape, data };
  }

  #throwIfClosed(): void {
    if (this.#closed) throw new SalientError('closed', 'the program is closed; prepare it again');
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#fixed.clear();
    this.#onClose();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Lets timers, signals and the page run between steps. */
function breathe(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** The data of a run's input, checked against the program. */
export function checkedInput(program: Program, name: string, id: BufferId, data: Floats | undefined): Floats {
  const { shape } = program.buffers[id]!;
  if (data === undefined) throw new SalientError('bad-argument', `input "${name}" (${formatShape(shape)}) is missing`);
  if (data.length !== elementCount(shape)) {
    throw new SalientError(
      'shape-mismatch',
      `input "${name}" has ${data.length} numbers, but ${formatShape(shape)} needs ${elementCount(shape)}`,
    );
  }
  return data;
}

/** For each step, the storage buffers that no later step or output reads. */
export function lastUses(program: Program): Map<number, BufferId[]> {
  const last = new Map<BufferId, number>();
  for (const [index, step] of program.steps.entries()) {
    for (const id of [...step.inputs, ...step.outputs]) last.set(storageOf(program, id), index);
  }
  for (const id of program.outputs.values()) last.delete(storageOf(program, id));
  const byStep = new Map<number, BufferId[]>();
  for (const [id, index] of last) {
    const ids = byStep.get(index);
    if (ids) ids.push(id);
    else byStep.set(index, [id]);
  }
  return byStep;
}
