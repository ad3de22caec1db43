import type { Operation } from './operation.ts';
import type { TensorSource } from './source.ts';
import { elementCount, formatShape, type Shape } from './tensor.ts';

/** Index of a buffer in {@link Program.buffers}. */
export type BufferId = number;

export interface BufferSpec {
  readonly name: string;
  readonly shape: Shape;
  /** `input`: written before each run; `constant`: from a file; `computed`: written by a step. */
  readonly kind: 'input' | 'constant' | 'computed';
  /** For constants. */
  readonly source?: TensorSource;
  /** The same numbers as that buffer, under another shape (never an alias itself). */
  readonly aliasOf?: BufferId;
  /** True where the numbers follow from constants alone: computed once, when the program is prepared. */
  readonly fixed: boolean;
}

export type Phase = 'forward' | 'relevance' | 'saliency';

export interface Step {
  readonly operation: Operation;
  readonly inputs: readonly BufferId[];
  readonly outputs: readonly BufferId[];
  /** The graph node (or stage) that the step belongs to. */
  readonly layer: string;
  readonly phase: Phase;
}

/**
 * The static plan, the same for every device: buffers of fixed shapes and steps in an order that respects their data
 * flow. Devices decide how to lay out, fuse and schedule it.
 */
export interface Program {
  readonly buffers: readonly BufferSpec[];
  readonly steps: readonly Step[];
  /** By the name under which a run gives the data. */
  readonly inputs: ReadonlyMap<string, BufferId>;
  /** By the name under which a run returns the data. */
  readonly outputs: ReadonlyMap<string, BufferId>;
}

/** Builds a {@link Program} step by step; shapes follow from the operations. */
export class ProgramBuilder {
  readonly #buffers: BufferSpec[] = [];
  readonly #steps: Step[] = [];
  readonly #inputs = new Map<string, BufferId>();
  readonly #outputs = new Map<string, BufferId>();
  readonly #constants = new Map<TensorSource, BufferId>();
  /**
   * Whether a step that was added already (the same operation on the same buffers) is given again instead of added: what
   * several ways back have in common is computed once.
   */
  readonly shares: boolean;
  readonly #known = new Map<string, BufferId[]>();
  /** Given to every step that is added. */
  layer = '';
  phase: Phase = 'forward';

  constructor({ shares = false }: { readonly shares?: boolean } = {}) {
    this.shares = shares;
  }

  /** What each run gives; the same name is the same buffer. */
  input(name: string, shape: Shape): BufferId {
    const known = this.#inputs.get(name);
    if (known !== undefined) return known;
    const id = this.#push({ name, shape, kind: 'input', fixed: false });
    this.#inputs.set(name, id);
    return id;
  }

  /** The buffer of a constant; the same source gives the same buffer. */
  constant(source: TensorSource): BufferId {
    const known = this.#constants.get(source);
    if (known !== undefined) return known;
    const id = this.#push({ name: source.name, shape: source.shape, kind: 'constant', source, fixed: true });
    this.#constants.set(source, id);
    return id;
  }

  /** Adds a step; returns its outputs. `name` names the first output (for captures and messages). */
  addAll(operation: Operation, inputs: readonly BufferId[], name = `${this.layer}.${operation.name}`): BufferId[] {
    const key = this.shares ? this.#keyOf(operation, inputs) : '';
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const shapes = operation.shape(inputs.map((id) => this.shape(id)));
    const fixed = inputs.length > 0 && inputs.every((id) => this.buffer(id).fixed);
    const outputs = shapes.map((shape, index) =>
      this.#push({ name: index === 0 ? name : `${name}.${index}`, shape, kind: 'computed', fixed }),
    );
    this.#steps.push({ operation, inputs: [...inputs], outputs, layer: this.layer, phase: this.phase });
    if (this.shares) this.#known.set(key, outputs);
    return outputs;
  }

  /** What a step computes: an operation's attributes say all of it, an input its numbers and their shape. */
  #keyOf({ name, attributes }: Operation, inputs: readonly BufferId[]): string {
    const places = inputs.map((id) => `${this.buffer(id).aliasOf ?? id}:${this.shape(id).join()}`);
    return `${name} ${JSON.stringify(attributes)} ${places.join(' ')}`;
  }

  /** {@link addAll} for an operation with one output of interest. */
  add(operation: Operation, inputs: readonly BufferId[], name?: string): BufferId {
    return this.addAll(operation, inputs, name)[0]!;
  }

  /** The same numbers under another shape; no step. */
  alias(id: BufferId, shape: Shape, name = this.buffer(id).name): BufferId {
    const { shape: from, fixed, aliasOf, kind } = this.buffer(id);
    if (elementCount(shape) !== elementCount(from)) {
      throw new RangeError(`alias of ${formatShape(from)} as ${formatShape(shape)}`);
    }
    return this.#push({ name, shape, kind, fixed, aliasOf: aliasOf ?? id });
  }

  output(name: string, id: BufferId): void {
    this.#outputs.set(name, id);
  }

  buffer(id: BufferId): BufferSpec {
    const buffer = this.#buffers[id];
    if (buffer === undefined) throw new RangeError(`no buffer ${id}`);
    return buffer;
  }

  shape(id: BufferId): Shape {
    return this.buffer(id).shape;
  }

  /** The program, without the steps and buffers on which no output depends. */
  build(): Program {
    const storage = (id: BufferId) => this.buffer(id).aliasOf ?? id;
    const needed = new Set<BufferId>([...this.#outputs.values()].map(storage));
    const steps = this.#steps
      .toReversed()
      .filter((step) => {
        if (!step.outputs.some((id) => needed.has(id))) return false;
        for (const id of step.inputs) needed.add(storage(id));
        return true;
      })
      .reverse();
    return { buffers: this.#buffers, steps, inputs: this.#inputs, outputs: this.#outputs };
  }

  #push(buffer: BufferSpec): BufferId {
    this.#buffers.push(buffer);
    return this.#buffers.length - 1;
  }
}

/** The buffer that holds a buffer's numbers: itself, or what it is an alias of. */
export function storageOf(program: Program, id: BufferId): BufferId {
  return program.buffers[id]!.aliasOf ?? id;
}
