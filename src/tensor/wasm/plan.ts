import { type BufferId, type Program, type Step, storageOf } from '../program.ts';
import { lastUses } from '../reference.ts';
import type { TensorSource } from '../source.ts';
import { elementCount, type Shape, sameShape } from '../tensor.ts';
import type { Lifetime } from './layout.ts';
import type { Address, Argument, Block, KernelName, WasmStep } from './step.ts';

/** A command: see {@link WasmStep.task}. */
export interface Task {
  readonly kernel: KernelName;
  readonly items: number;
  readonly args: readonly Argument[];
}

export interface PlannedStep {
  readonly step: Step;
  readonly placement: 'wasm' | 'reference';
  readonly tasks: readonly Task[];
  /** Computed once, from constants alone. */
  readonly fixed: boolean;
}

/** A constant in device memory: as stored (key `raw`), or in another layout made from that. */
export interface PlannedConstant {
  readonly source: TensorSource;
  readonly key: string;
  readonly bytes: number;
  readonly packing?: { readonly raw: Block; readonly tasks: readonly Task[] };
}

/** What a program does on the device, before any memory is taken. */
export interface Plan {
  readonly steps: readonly PlannedStep[];
  /** Blocks of the arena: buffers that are computed, and memory during one step. */
  readonly arena: ReadonlyMap<Block, Lifetime>;
  readonly tables: ReadonlyMap<Block, Float32Array | Uint32Array>;
  readonly constants: ReadonlyMap<Block, PlannedConstant>;
  /** The blocks of buffers that are not constants, by storage. */
  readonly buffers: ReadonlyMap<BufferId, Block>;
  /** Bytes that each thread needs for itself. */
  readonly threadScratch: number;
}

/** Plans a program: every operation gives its tasks, or is left to its reference code. */
export function planProgram(program: Program): Plan {
  return new Planner(program).plan();
}

class Planner {
  readonly #program: Program;
  readonly #arena = new Map<Block, Lifetime>();
  readonly #tables = new Map<Block, Float32Array | Uint32Array>();
  readonly #constants = new Map<Block, PlannedConstant>();
  readonly #constantBlocks = new Map<TensorSource, Map<string, Block>>();
  readonly #buffers = new Map<BufferId, Block>();
  #threadScratch = 0;

  constructor(program: Program) {
    this.#program = program;
  }

  plan(): Plan {
    this.#placeBuffers();
    const readers = this.#countReaders();
    let together = false;
    const steps = this.#program.steps.map((step, index): PlannedStep => {
      const fixed = step.outputs.every((id) => this.#program.buffers[id]!.fixed);
      const tasks: Task[] = [];
      if (together) {
        together = false;
        return { step, placement: 'wasm', tasks, fixed };
      }
      together = this.#planTogether(step, index, tasks, readers);
      if (together) return { step, placement: 'wasm', tasks, fixed };
      const done = step.operation.wasm?.(this.#stepOf(step, index, tasks)) ?? false;
      return { step, placement: done ? 'wasm' : 'reference', tasks: done ? tasks : [], fixed };
    });
    return {
      steps,
      arena: this.#arena,
      tables: this.#tables,
      constants: this.#constants,
      buffers: this.#buffers,
      threadScratch: this.#threadScratch,
    };
  }

  /** How often steps read each storage, once more where it is an output of the program. */
  #countReaders(): Map<BufferId, number> {
    const readers = new Map<BufferId, number>();
    for (const id of [...this.#program.steps.flatMap(({ inputs }) => inputs), ...this.#program.outputs.values()]) {
      const storage = storageOf(this.#program, id);
      readers.set(storage, (readers.get(storage) ?? 0) + 1);
    }
    return readers;
  }

  /** Plans a step with the next one, where that alone reads its output; whether it did. */
  #planTogether(step: Step, index: number, tasks: Task[], readers: ReadonlyMap<BufferId, number>): boolean {
    const { buffers, steps } = this.#program;
    const next = steps[index + 1];
    if (next === undefined || step.outputs.length !== 1 || next.inputs.length !== 1) return false;
    const [output, result] = [step.outputs[0]!, next.outputs[0]!];
    if (storageOf(this.#program, next.inputs[0]!) !== output || readers.get(output) !== 1) return false;
    if (!sameShape(buffers[output]!.shape, buffers[result]!.shape)) return false;
    const both = { ...step, outputs: next.outputs };
    if (!step.operation.wasmTogether?.(this.#stepOf(both, index, tasks), next.operation)) return false;
    // What lies between them is nowhere; the result is written while this step's inputs are read.
    this.#arena.delete(this.#buffers.get(output)!);
    const block = this.#buffers.get(result)!;
    const lifetime = this.#arena.get(block)!;
    this.#arena.set(block, { ...lifetime, first: Math.min(lifetime.first, index) });
    return true;
  }

  /** Gives every buffer that is written its block, alive from its first writer to its last reader. */
  #placeBuffers(): void {
    const program = this.#program;
    const end = program.steps.length;
    const last = new Map<BufferId, number>();
    for (const [step, ids] of lastUses(program)) for (const id of ids) last.set(id, step);
    const place = (id: BufferId, first: number) => {
      const { shape, fixed } = program.buffers[id]!;
      const block: Block = { bytes: 4 * elementCount(shape) };
      this.#buffers.set(id, block);
      const lifetime = fixed ? { first: -1, last: end } : { first, last: last.get(id) ?? end };
      this.#arena.set(block, { bytes: block.bytes, ...lifetime });
    };
    for (const id of program.inputs.values()) place(id, -1);
    for (const [index, step] of program.steps.entries()) for (const id of step.outputs) place(id, index);
  }

  #stepOf(step: Step, index: number, tasks: Task[]): WasmStep {
    const program = this.#program;
    const shapeOf = (id: BufferId): Shape => program.buffers[id]!.shape;
    const sourceOf = (position: number) => program.buffers[storageOf(program, step.inputs[position]!)]!.source;
    const addressOf = (id: BufferId): Address => {
      const storage = storageOf(program, id);
      const { source } = program.buffers[storage]!;
      return { block: source === undefined ? this.#buffers.get(storage)! : this.#raw(source), offset: 0 };
    };
    let target = tasks;
    return {
      inputs: step.inputs.map(shapeOf),
      outputs: step.outputs.map(shapeOf),
      input: (position) => addressOf(step.inputs[position]!),
      output: (position) => addressOf(step.outputs[position]!),
      source: sourceOf,
      table: (numbers) => {
        const block: Block = { bytes: numbers.byteLength };
        this.#tables.set(block, numbers);
        return { block, offset: 0 };
      },
      scratch: (bytes) => {
        const block: Block = { bytes };
        this.#arena.set(block, { bytes, first: index, last: index });
        return { block, offset: 0 };
      },
      threadScratch: (bytes) => {
        this.#threadScratch = Math.max(this.#threadScratch, bytes);
      },
      packed: (position, key, bytes, pack) => {
        const source = sourceOf(position);
        if (source === undefined) throw new Error(`input ${position} of "${step.layer}" is no constant`);
        const block = this.#constant(source, key, bytes, () => {
          const raw: Block = { bytes: 4 * elementCount(source.shape) };
          const packing: Task[] = [];
          target = packing;
          pack({ block: raw, offset: 0 }, { block: this.#constantBlocks.get(source)!.get(key)!, offset: 0 });
          target = tasks;
          return { raw, tasks: packing };
        });
        return { block, offset: 0 };
      },
      task: (kernel, items, args) => {
        if (items > 0) target.push({ kernel, items, args });
      },
    };
  }

  #raw(source: TensorSource): Block {
    return this.#constant(source, 'raw', 4 * elementCount(source.shape));
  }

  #constant(source: TensorSource, key: string, bytes: number, pack?: () => PlannedConstant['packing']): Block {
    let keys = this.#constantBlocks.get(source);
    if (keys === undefined) {
      keys = new Map();
      this.#constantBlocks.set(source, keys);
    }
    const known = keys.get(key);
    if (known !== undefined) return known;
    const block: Block = { bytes };
    keys.set(key, block);
    const packing = pack?.();
    this.#constants.set(block, packing === undefined ? { source, key, bytes } : { source, key, bytes, packing });
    return block;
  }
}
