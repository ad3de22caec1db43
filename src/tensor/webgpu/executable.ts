import { SalientError, throwIfAborted } from '../../error.ts';
import type { Executable, RunOptions, RunResult, StepProfile } from '../device.ts';
import { measured } from '../measured.ts';
import { type Program, storageOf } from '../program.ts';
import { checkedInput } from '../reference.ts';
import { elementCount, type Floats, type Tensor } from '../tensor.ts';
import { MAP_READ, USAGE } from './constants.ts';
import type { GpuContext } from './context.ts';
import { type Plan, type PlannedDispatch, planArena, planProgram, touched } from './planner.ts';
import { stepProfiles, Timestamps, workDone } from './profile.ts';
import { fixedKeys, type SharedStore, upload } from './shared.ts';

/** Dispatches per submit: enough to keep the GPU busy, few enough to abort and report between. */
const DISPATCHES_PER_SUBMIT = 16;
/** Submits in flight when somebody watches the run's progress or may abort it. */
const SUBMITS_IN_FLIGHT = 2;

interface PreparedDispatch {
  readonly planned: PlannedDispatch;
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
}

interface OutputCopy {
  readonly name: string;
  readonly shape: readonly number[];
  readonly resource: number;
  /** Bytes into the staging buffer. */
  readonly offset: number;
  readonly bytes: number;
}

/** A program with its memory, pipelines and bind groups made: a run only writes, submits and reads back once. */
export class WebGpuExecutable implements Executable {
  readonly program: Program;
  readonly placement: readonly string[];
  #bytes = 0;
  readonly #context: GpuContext;
  readonly #store: SharedStore;
  readonly #plan: Plan;
  readonly #onClose: () => void;
  readonly #sharedKeys: string[] = [];
  readonly #owned: GPUBuffer[] = [];
  /** Buffers of each resource. */
  readonly #memory = new Map<number, readonly GPUBuffer[]>();
  #dispatches: readonly PreparedDispatch[] = [];
  readonly #outputs: OutputCopy[] = [];
  #staging: GPUBuffer | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  /** Work in the queue. */
  #pending = 0;
  #closed = false;

  constructor(context: GpuContext, store: SharedStore, program: Program, onClose: () => void) {
    this.#context = context;
    this.#store = store;
    this.program = program;
    this.placement = program.steps.map(() => 'webgpu');
    this.#onClose = onClose;
    this.#plan = planProgram(program, context.limits);
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Takes memory, uploads the constants, computes what follows from them alone, compiles; comes before any run. */
  prepare(options: RunOptions): Promise<void> {
    return this.#inTurn(() => this.#prepare(options));
  }

  async #prepare(options: RunOptions): Promise<void> {
    const { dispatches } = this.#plan;
    const running = dispatches.filter((dispatch) => !dispatch.fixed);
    const results = [...this.program.outputs.values()].map((id) => this.#resourceOf(id));
    const inputs = [...this.program.inputs.values()].map((id) => this.#resourceOf(id));
    const { slots, slotOf } = planArena(this.#plan, inputs, new Set(results));
    const resultBytes = this.#layOutResults();
    // What can never fit is refused before anything is uploaded or compiled.
    for (const { name, elements } of slots) this.#context.storageSize(name, 4 * elements);
    this.#context.requireSize('the memory of all results', resultBytes, this.#context.limits.maxBufferSize);

    const wanted = new Set([...running.flatMap((dispatch) => touched(dispatch, 'read')), ...results]);
    await this.#prepareFixed(wanted, options);
    const arena: GPUBuffer[] = [];
    for (const { name, elements } of slots) {
      await this.#context.allocating(`"${name}" (${4 * elements} bytes)`, () => {
        arena.push(this.#context.storage(name, 4 * elements));
        this.#owned.push(arena.at(-1)!);
      });
    }
    for (const [resource, slot] of slotOf) this.#memory.set(resource, [arena[slot]!]);
    this.#dispatches = await this.#bind(running, options);
    await this.#context.allocating(`the results (${resultBytes} bytes)`, () => {
      const usage = USAGE.mapRead | USAGE.copyDestination;
      this.#staging = this.#context.device.createBuffer({ size: resultBytes, usage });
      this.#owned.push(this.#staging);
    });
    this.#bytes += this.#owned.reduce((sum, buffer) => sum + buffer.size, 0);
    this.#context.check();
    this.#report(running.length);
  }

  /** Uploads and computes what follows from constants alone, as far as the device does not have it yet. */
  async #prepareFixed(wanted: ReadonlySet<number>, options: RunOptions): Promise<void> {
    const { resources, dispatches } = this.#plan;
    const keys = fixedKeys(this.#plan);
    const needed = new Set([...wanted].filter((resource) => resources[resource]!.fixed));
    const missing = (resource: number) => needed.has(resource) && !this.#store.has(keys.get(resource)!);
    const making = dispatches
      .toReversed()
      .filter((dispatch) => {
        if (!dispatch.fixed || !touched(dispatch, 'read_write').some(missing)) return false;
        for (const { resource } of dispatch.pieces) needed.add(resource);
        return true;
      })
      .reverse();
    const temporary: string[] = [];
    try {
      let done = 0;
      for (const resource of needed) {
        throwIfAborted(options.signal);
        options.onProgress?.({ phase: 'load', done: done++, total: needed.size });
        const key = keys.get(resource)!;
        const { source, data } = resources[resource]!;
        const known = this.#store.has(key);
        const memory = known ? this.#store.acquire(key) : await this.#store.create(key, resources[resource]!);
        if (wanted.has(resource)) {
          this.#sharedKeys.push(key);
          this.#bytes += memory.bytes;
        } else temporary.push(key);
        this.#memory.set(resource, memory.buffers);
        if (!known && (source || data)) await upload(this.#context, memory, resources[resource]!);
      }
      this.#submit(await this.#bind(making, options));
      await this.#context.wait(this.#context.device.queue.onSubmittedWorkDone());
    } finally {
      for (const key of temporary) this.#store.release(key);
    }
  }

  /** Compiles pipelines in parallel and makes bind groups. */
  async #bind(dispatches: readonly PlannedDispatch[], options: RunOptions): Promise<PreparedDispatch[]> {
    const { device } = this.#context;
    let done = 0;
    const compiling = dispatches.map(async ({ shader }) => {
      const pipeline = await this.#context.pipeline(shader);
      options.onProgress?.({ phase: 'compile', done: ++done, total: dispatches.length });
      return pipeline;
    });
    const pipelines = await this.#context.wait(Promise.all(compiling));
    throwIfAborted(options.signal);
    return dispatches.map((planned, index) => ({
      planned,
      pipeline: pipelines[index]!,
      group: device.createBindGroup({
        layout: this.#context.layout(planned.shader),
        entries: planned.pieces.map(({ resource, slab }, binding) => ({
          binding,
          resource: { buffer: this.#memory.get(resource)![slab]! },
        })),
      }),
    }));
  }

  /** Gives each output its place in the staging buffer; returns the bytes of that buffer. */
  #layOutResults(): number {
    let offset = 0;
    for (const [name, id] of this.program.outputs) {
      const { shape } = this.program.buffers[id]!;
      const bytes = 4 * elementCount(shape);
      this.#outputs.push({ name, shape, resource: this.#resourceOf(id), offset, bytes });
      offset += Math.ceil(bytes / 8) * 8;
    }
    return Math.max(offset, 8);
  }

  run(inputs: ReadonlyMap<string, Floats>, options: RunOptions = {}): Promise<RunResult> {
    return this.#inTurn(() => this.#run(inputs, options));
  }

  /** Does `work` when all earlier work is done. Memory of a closed program goes with the last of it. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    this.#pending++;
    const failed = async (error: unknown): Promise<never> => {
      throw await this.#context.causeOf(error);
    };
    const result = this.#queue
      .then(work)
      .catch(failed)
      .finally(() => {
        this.#pending--;
        this.#freeIfClosed();
      });
    this.#queue = result.catch(() => undefined);
    return result;
  }

  async #run(inputs: ReadonlyMap<string, Floats>, options: RunOptions): Promise<RunResult> {
    const { program } = this;
    const { device } = this.#context;
    this.#throwIfClosed();
    this.#context.check();
    throwIfAborted(options.signal);
    for (const [name, id] of program.inputs) {
      const data = checkedInput(program, name, id, inputs.get(name));
      const numbers = data instanceof Float32Array ? data : Float32Array.from(data);
      device.queue.writeBuffer(this.#memory.get(this.#resourceOf(id))![0]!, 0, numbers as Float32Array<ArrayBuffer>);
    }
    if (!options.profile) {
      await this.#submitAll(options);
      return { outputs: await this.#readBack() };
    }
    if (!device.features.has('timestamp-query')) {
      const profile = await this.#submitInTurn(options);
      return { outputs: await this.#readBack(), profile };
    }
    const timestamps = new Timestamps(this.#context, this.#dispatches.length);
    try {
      await this.#submitAll(options, timestamps);
      const outputs = await this.#readBack(timestamps);
      const planned = this.#dispatches.map((dispatch) => dispatch.planned);
      const times = await timestamps.milliseconds();
      if (this.#context.debug >= 2) {
        for (const [i, { shader, step }] of planned.entries()) {
          console.error(`  ${times[i]!.toFixed(3).padStart(10)} ms ${program.steps[step]!.layer} ${shader.name}`);
        }
      }
      return { outputs, profile: stepProfiles(program, this.#plan, planned, times) };
    } finally {
      timestamps.close();
    }
  }

  /** Submits the dispatches of one step after the other and waits for each: a profile without timestamp queries. */
  async #submitInTurn(options: RunOptions): Promise<StepProfile[]> {
    const profile: StepProfile[] = [];
    const { queue } = this.#context.device;
    for (let first = 0, end = 0; first < this.#dispatches.length; first = end) {
      const { step } = this.#dispatches[first]!.planned;
      while (this.#dispatches[end]?.planned.step === step) end++;
      throwIfAborted(options.signal);
      this.#throwIfClosed();
      const { phase } = this.program.steps[step]!;
      options.onProgress?.({ phase, done: step, total: this.program.steps.length });
      const started = performance.now();
      this.#submit(this.#dispatches.slice(first, end));
      await this.#context.wait(queue.onSubmittedWorkDone());
      const milliseconds = performance.now() - started;
      const work = workDone(this.program, this.#plan.joined, step);
      profile.push(measured(this.program, this.program.steps[step]!, milliseconds, 'round trip', work));
    }
    return profile;
  }

  async #submitAll(options: RunOptions, timestamps?: Timestamps): Promise<void> {
    const watched = options.signal !== undefined || options.onProgress !== undefined;
    const { steps } = this.program;
    const inFlight: Promise<unknown>[] = [];
    for (let first = 0; first < this.#dispatches.length; first += DISPATCHES_PER_SUBMIT) {
      if (watched) {
        if (inFlight.length >= SUBMITS_IN_FLIGHT) await this.#context.wait(inFlight.shift()!);
        throwIfAborted(options.signal);
        this.#throwIfClosed();
        const { step } = this.#dispatches[first]!.planned;
        options.onProgress?.({ phase: steps[step]!.phase, done: step, total: steps.length });
      }
      this.#submit(this.#dispatches.slice(first, first + DISPATCHES_PER_SUBMIT), timestamps, first);
      if (watched) inFlight.push(this.#context.device.queue.onSubmittedWorkDone());
    }
  }

  #submit(dispatches: readonly PreparedDispatch[], timestamps?: Timestamps, first = 0): void {
    const encoder = this.#context.device.createCommandEncoder();
    let pass = timestamps ? undefined : encoder.beginComputePass();
    for (const [index, { pipeline, group, planned }] of dispatches.entries()) {
      if (timestamps) pass = encoder.beginComputePass(timestamps.pass(first + index));
      pass!.setPipeline(pipeline);
      pass!.setBindGroup(0, group);
      pass!.dispatchWorkgroups(...planned.workgroups);
      if (timestamps) pass!.end();
    }
    if (!timestamps) pass!.end();
    this.#context.device.queue.submit([encoder.finish()]);
  }

  async #readBack(timestamps?: Timestamps): Promise<Map<string, Tensor>> {
    const staging = this.#staging!;
    const encoder = this.#context.device.createCommandEncoder();
    for (const { resource, offset, bytes } of this.#outputs) {
      let copied = 0;
      for (const buffer of this.#memory.get(resource)!) {
        const size = Math.min(bytes - copied, buffer.size);
        encoder.copyBufferToBuffer(buffer, 0, staging, offset + copied, size);
        copied += size;
      }
    }
    timestamps?.resolve(encoder);
    this.#context.device.queue.submit([encoder.finish()]);
    try {
      await this.#context.wait(staging.mapAsync(MAP_READ));
      this.#throwIfClosed();
      const mapped = staging.getMappedRange();
      const outputs = new Map<string, Tensor>();
      for (const { name, shape, offset, bytes } of this.#outputs) {
        outputs.set(name, { shape, data: new Float32Array(mapped.slice(offset, offset + bytes)) });
      }
      return outputs;
    } finally {
      staging.unmap(); // also where waiting failed: a mapped buffer would spoil every later run
    }
  }

  #throwIfClosed(): void {
    if (this.#closed) throw new SalientError('closed', 'the program is closed; prepare it again');
  }

  #resourceOf(id: number): number {
    return this.#plan.storage.get(storageOf(this.program, id))!;
  }

  #report(running: number): void {
    if (this.#context.debug < 1) return;
    const megabytes = (this.#bytes / 2 ** 20).toFixed(1);
    console.error(`webgpu plan: ${this.program.steps.length} steps, ${running} dispatches, ${megabytes} MiB`);
    if (this.#context.debug < 2) return;
    for (const { planned } of this.#dispatches) {
      const { layer, operation } = this.program.steps[planned.step]!;
      const names = planned.pieces.map(({ resource }) => this.#plan.resources[resource]!.name).join(', ');
      console.error(`  ${layer} ${operation.name}: ${planned.shader.name} ${planned.workgroups.join('×')} (${names})`);
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#onClose();
    this.#freeIfClosed();
  }

  #freeIfClosed(): void {
    if (!this.#closed || this.#pending > 0) return;
    for (const buffer of this.#owned.splice(0)) buffer.destroy();
    for (const key of this.#sharedKeys.splice(0)) this.#store.release(key);
    this.#memory.clear();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
