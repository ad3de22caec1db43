import { SalientError, throwIfAborted } from '../../error.ts';
import type { Executable, RunOptions, RunResult, StepProfile } from '../device.ts';
import { measured } from '../measured.ts';
import { type BufferId, type Program, storageOf } from '../program.ts';
import { checkedInput } from '../reference.ts';
import { toFloat32 } from '../source.ts';
import { elementCount, type Floats, type Tensor } from '../tensor.ts';
import type { CommandRunner } from './command-runner.ts';
import { COMMAND_BYTES, type Commands, writeCommands } from './commands.ts';
import type { ConstantStore } from './constants.ts';
import { layOut } from './layout.ts';
import type { WasmMemory } from './memory.ts';
import { type Plan, type PlannedConstant, type PlannedStep, planProgram, type Task } from './plan.ts';
import type { Block } from './step.ts';

interface OpenDevice {
  readonly memory: WasmMemory;
  readonly constants: ConstantStore;
  readonly runner: CommandRunner;
}

/** A step with its commands in memory. */
interface PlacedStep extends PlannedStep {
  readonly commands: Commands;
}

/** A program on the wasm device: one arena for its buffers, one list of commands for its steps. */
export class WasmExecutable implements Executable {
  readonly program: Program;
  readonly placement: readonly string[];
  readonly #device: OpenDevice;
  readonly #onClose: () => void;
  readonly #plan: Plan;
  readonly #addresses = new Map<Block, number>();
  /** Addresses to free with the executable. */
  readonly #owned: number[] = [];
  readonly #held: PlannedConstant[] = [];
  #steps: readonly PlacedStep[] = [];
  #bytes = 0;
  #closed = false;

  constructor(program: Program, device: OpenDevice, onClose: () => void) {
    this.program = program;
    this.#device = device;
    this.#onClose = onClose;
    this.#plan = planProgram(program);
    this.placement = this.#plan.steps.map((step) => step.placement);
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Takes memory, uploads and packs the constants, computes the steps that follow from constants alone. */
  prepare(options: RunOptions): Promise<void> {
    return this.#device.runner.exclusive(async () => {
      this.#device.runner.reserve(this.#plan.threadScratch);
      const lifetimes = [...this.#plan.arena.values()];
      const { offsets, bytes } = layOut(lifetimes);
      const arena = this.#allocate(bytes);
      for (const [index, block] of [...this.#plan.arena.keys()].entries()) {
        this.#addresses.set(block, arena + offsets[index]!);
      }
      for (const [block, numbers] of this.#plan.tables) {
        const address = this.#allocate(numbers.byteLength);
        const words = new Uint32Array(numbers.buffer, numbers.byteOffset, numbers.length);
        this.#device.memory.words(address, numbers.length).set(words);
        this.#addresses.set(block, address);
      }
      await this.#placeConstants(options);
      this.#placeCommands();
      for (const step of this.#steps) if (step.fixed) await this.#walk([step], options);
    });
  }

  run(inputs: ReadonlyMap<string, Floats>, options: RunOptions = {}): Promise<RunResult> {
    return this.#device.runner.exclusive(async () => {
      this.#throwIfClosed();
      throwIfAborted(options.signal);
      for (const [name, id] of this.program.inputs) {
        this.#view(id).data.set(checkedInput(this.program, name, id, inputs.get(name)));
      }
      const steps = this.#steps.filter((step) => !step.fixed);
      const profile: StepProfile[] = [];
      if (options.profile) {
        for (const step of steps) {
          const started = performance.now();
          await this.#walk([step], options);
          profile.push(measured(this.program, step.step, performance.now() - started, 'processor'));
        }
      } else {
        await this.#walk(steps, options);
      }
      this.#throwIfClosed();
      const outputs = new Map<string, Tensor>();
      for (const [name, id] of this.program.outputs) {
        const { shape, data } = this.#view(id);
        outputs.set(name, { shape, data: data.slice() });
      }
      return options.profile ? { outputs, profile } : { outputs };
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    // Memory of a run that is under way goes when the run has ended.
    const free = async () => {
      for (const address of this.#owned) this.#device.memory.free(address);
      for (const { source, key } of this.#held) this.#device.constants.release(source, key);
    };
    this.#device.runner.exclusive(free).catch(() => undefined);
    this.#onClose();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #throwIfClosed(): void {
    if (this.#closed) throw new SalientError('closed', 'the program is closed; prepare it again');
  }

  #allocate(bytes: number): number {
    this.#throwIfClosed();
    const address = this.#device.memory.allocate(bytes);
    this.#owned.push(address);
    this.#bytes += bytes;
    return address;
  }

  async #placeConstants(options: RunOptions): Promise<void> {
    const { constants, memory } = this.#device;
    const planned = [...this.#plan.constants];
    for (const [index, [block, constant]] of planned.entries()) {
      const { source, key, bytes, packing } = constant;
      throwIfAborted(options.signal);
      options.onProgress?.({ phase: 'load', done: index, total: planned.length });
      this.#throwIfClosed();
      const { address, fresh } = constants.hold(source, key, bytes);
      this.#held.push(constant);
      this.#bytes += bytes;
      this.#addresses.set(block, address);
      if (!fresh) continue;
      if (packing === undefined) {
        constants.upload(source, address);
        continue;
      }
      const raw = constants.hold(source, 'raw', packing.raw.bytes);
      if (raw.fresh) constants.upload(source, raw.address);
      this.#addresses.set(packing.raw, raw.address);
      const commands = memory.allocate(packing.tasks.length * COMMAND_BYTES);
      try {
        await this.#device.runner.walk(this.#write(commands, packing.tasks));
      } finally {
        memory.free(commands);
        constants.release(source, 'raw');
      }
    }
  }

  #placeCommands(): void {
    const count = this.#plan.steps.reduce((sum, step) => sum + step.tasks.length, 0);
    let address = this.#allocate(count * COMMAND_BYTES);
    // The steps of a run follow one another in memory, so that a stretch of them is one list.
    const ordered = [...this.#plan.steps].sort((a, b) => Number(b.fixed) - Number(a.fixed));
    this.#steps = ordered.map((step) => {
      const commands = this.#write(address, step.tasks);
      address += commands.count * COMMAND_BYTES;
      return { ...step, commands };
    });
  }

  #write(address: number, tasks: readonly Task[]): Commands {
    return writeCommands(this.#device.memory, address, tasks, (block) => this.#addresses.get(block)!);
  }

  /** Walks steps: a stretch of steps with commands at once, the others by their reference code. */
  async #walk(steps: readonly PlacedStep[], options: RunOptions): Promise<void> {
    const { signal, onProgress } = options;
    const report = (step: PlacedStep | undefined) => {
      if (step === undefined) return;
      const done = this.#steps.indexOf(step);
      onProgress?.({ phase: step.step.phase, done, total: this.#steps.length });
    };
    for (let first = 0; first < steps.length; ) {
      report(steps[first]);
      this.#throwIfClosed();
      if (steps[first]!.placement === 'reference') {
        throwIfAborted(signal);
        this.#runReference(steps[first]!);
        first++;
        continue;
      }
      let end = first;
      const owners: PlacedStep[] = [];
      // Who watches is told when a phase begins, not some time later.
      const isTogether = (other: PlacedStep) => !onProgress || other.step.phase === steps[first]!.step.phase;
      while (end < steps.length && steps[end]!.placement === 'wasm' && isTogether(steps[end]!)) {
        for (let i = 0; i < steps[end]!.commands.count; i++) owners.push(steps[end]!);
        end++;
      }
      const commands = { address: steps[first]!.commands.address, count: owners.length };
      const onCommand = onProgress && ((index: number) => report(owners[index]));
      await this.#device.runner.walk(commands, { signal, onCommand });
      first = end;
    }
  }

  #runReference({ step }: PlacedStep): void {
    const inputs = step.inputs.map((id) => this.#view(id));
    const outputs = step.outputs.map((id) => this.#view(id));
    step.operation.reference(inputs, outputs);
  }

  /** A buffer's numbers where they are: in device memory, or in the file's bytes. */
  #view(id: BufferId): Tensor<Float32Array> {
    const { shape } = this.program.buffers[id]!;
    const storage = storageOf(this.program, id);
    const { source } = this.program.buffers[storage]!;
    if (source !== undefined) return { shape, data: toFloat32(source) };
    const address = this.#addresses.get(this.#plan.buffers.get(storage)!)!;
    return { shape, data: this.#device.memory.floats(address, elementCount(shape)) };
  }
}
