import { SalientError, throwIfAborted } from '../error.ts';
import { forwardProgram } from '../forward/program.ts';
import type { Graph } from '../graph/graph.ts';
import { Model } from '../model/model.ts';
import { loadWriter } from '../onnx/load-writer.ts';
import { type SyntheticModelName, syntheticInput, syntheticModel } from '../onnx/synthetic.ts';
import { saliencyProgram } from '../saliency/add-saliency.ts';
import type { AdapterNames, Device, Executable, StepProfile } from '../tensor/device.ts';
import type { Program } from '../tensor/program.ts';
import { elementCount, type Floats } from '../tensor/tensor.ts';
import { type InterleaveOptions, interleave, timed } from './interleave.ts';
import { largest, measurePeaks, type Peaks } from './peaks.ts';
import { pairedRatio, type Summary, summarize } from './statistics.ts';
import { type TotalWork, totalWork, workOf } from './work.ts';
import { inputBatch, relevanceProgram } from './workload.ts';

export interface BenchmarkOptions extends InterleaveOptions {
  readonly models: readonly SyntheticModelName[];
  readonly composites: readonly string[];
  readonly batches: readonly number[];
  /** Also time every step of each forward pass with LRP, and of each SR map. */
  readonly kernels?: boolean | undefined;
  /** Told what is measured next. */
  readonly onStage?: ((what: string) => void) | undefined;
}

/** One stage of the way from a file to an explanation. */
export interface StageResult {
  readonly model: SyntheticModelName;
  readonly batch: number;
  /**
   * `load`: parse the file's bytes; `prepare`: plan, compile, upload and pack the weights (the first time); `forward`;
   * `LRP`: a composite with its forward pass; `SR`: the map of a relevance map; `end to end`: photograph to SR map.
   */
  readonly stage: 'load' | 'prepare' | 'forward' | 'LRP' | 'SR' | 'end to end';
  /** The composite, or what the planes of the SR map are. */
  readonly variant?: string;
  /** Absent where the stage could not run. */
  readonly milliseconds?: Summary;
  /** Of one run. */
  readonly work?: TotalWork;
  /** Memory that the prepared program holds on the device, weights included. */
  readonly bytesHeld?: number;
  /** LRP's time over the forward pass's, round by round. */
  readonly timesForward?: Summary;
  /** Steps that no kernel of the device runs. */
  readonly fallbacks?: readonly string[];
  /** Why the stage could not run. */
  readonly failure?: string;
}

/** One step of a profile, timed several times. */
export interface KernelResult extends StepProfile {
  readonly model: SyntheticModelName;
  readonly batch: number;
  /** A composite with its forward pass, or an SR map: `SR sum`, `SR paper`. */
  readonly program: string;
}

export interface BenchmarkResult {
  readonly device: string;
  readonly adapter?: AdapterNames;
  /** The largest of {@link allPeaks}. */
  readonly peaks: Peaks;
  /** Measured at the beginning, and after each network: machines change their minds. */
  readonly allPeaks: readonly Peaks[];
  readonly stages: readonly StageResult[];
  readonly kernels: readonly KernelResult[];
  /** True where the signal ended the benchmark before all was measured. */
  readonly interrupted?: boolean;
}

/** Bytes of a batch's input, at most: what is larger would fill the memory with noise before a device can refuse it. */
const LARGEST_INPUT = 2 ** 32;
const LOADS = 3;
const PROFILES = 5;

/**
 * Measures a device from the file's bytes to the SR map, on synthetic networks and noise. A stage that fails leaves its
 * reason among the results; a signal ends the benchmark with what was measured until then, and throws its reason only
 * where that is nothing.
 */
export async function benchmark(device: Device, options: BenchmarkOptions): Promise<BenchmarkResult> {
  const run = new Run(device, options);
  let interrupted = false;
  try {
    await run.measure();
  } catch (error) {
    if (!options.signal?.aborted || run.stages.length === 0) throw error;
    interrupted = true;
  }
  const { allPeaks, stages, kernels } = run;
  return {
    device: device.description,
    ...(device.adapter ? { adapter: device.adapter } : {}),
    peaks: largest(allPeaks),
    allPeaks,
    stages,
    kernels,
    ...(interrupted ? { interrupted } : {}),
  };
}

/** A benchmark under way: its results grow. */
class Run {
  readonly allPeaks: Peaks[] = [];
  readonly stages: StageResult[] = [];
  readonly kernels: KernelResult[] = [];
  readonly #device: Device;
  readonly #options: BenchmarkOptions;

  constructor(device: Device, options: BenchmarkOptions) {
    this.#device = device;
    this.#options = options;
  }

  async measure(): Promise<void> {
    await this.#measurePeaks();
    for (const name of new Set(this.#options.models)) {
      await attempt(this, { model: name, batch: 1, stage: 'load' }, this.#options, () => this.#network(name));
      await this.#measurePeaks();
    }
  }

  async #measurePeaks(): Promise<void> {
    const { onStage, signal } = this.#options;
    onStage?.('peaks of the device');
    try {
      this.allPeaks.push(await measurePeaks(this.#device, signal));
    } catch (error) {
      // A device that was lost on the way has told so in its stages.
      if (this.allPeaks.length === 0 || signal?.aborted) throw error;
    }
  }

  async #network(name: SyntheticModelName): Promise<void> {
    const bytes = (await loadWriter()).modelBytes(syntheticModel(name));
    const times: number[] = [];
    for (let load = 0; load < LOADS; load++) {
      throwIfAborted(this.#options.signal);
      const started = performance.now();
      using _ = await Model.open(this.#device, bytes);
      times.push(performance.now() - started);
    }
    this.stages.push({ model: name, batch: 1, stage: 'load', milliseconds: summarize(times) });
    using model = await Model.open(this.#device, bytes);
    for (const batch of new Set(this.#options.batches)) {
      await new Session(this, this.#device, name, model, batch, this.#options).run();
    }
  }
}

type Results = Pick<Run, 'stages' | 'kernels'>;

/** A stage that does not fit or cannot run leaves its reason in the results. */
async function attempt(
  { stages }: Results,
  about: Pick<StageResult, 'model' | 'batch' | 'stage' | 'variant'>,
  { onStage, signal }: BenchmarkOptions,
  task: () => Promise<void>,
): Promise<void> {
  const { model, batch, stage, variant } = about;
  onStage?.(`${model}, batch ${batch}: ${stage} ${variant ?? ''}`.trimEnd());
  try {
    await task();
  } catch (error) {
    if (signal?.aborted) throw error;
    const message = error instanceof SalientError ? error.message : `unexpected error: ${String(error)}`;
    stages.push({ ...about, failure: message.replace(/\s+/g, ' ') });
  }
}

/** The stages of one network at one batch size. */
class Session {
  readonly #results: Results;
  readonly #device: Device;
  readonly #name: SyntheticModelName;
  readonly #model: Model;
  readonly #batch: number;
  readonly #options: BenchmarkOptions;

  constructor(
    results: Results,
    device: Device,
    name: SyntheticModelName,
    model: Model,
    batch: number,
    options: BenchmarkOptions,
  ) {
    this.#results = results;
    this.#device = device;
    this.#name = name;
    this.#model = model;
    this.#batch = batch;
    this.#options = options;
  }

  async run(): Promise<void> {
    await this.#attempt('forward', undefined, () => this.#networkStages());
    for (const planes of ['sum', 'paper'] as const) {
      await this.#attempt('SR', planes, () => this.#saliencyStage(planes));
    }
    for (const composite of this.#options.composites.slice(0, 1)) {
      await this.#attempt('end to end', composite, () => this.#endToEnd(composite));
    }
  }

  /** The network for this batch, refused where no machine has room for its input. */
  async #graph(): Promise<Graph> {
    const graph = await this.#model.graph(this.#batch);
    const bytes = 4 * elementCount(graph.inputs[0]!.shape);
    if (bytes <= LARGEST_INPUT) return graph;
    const gigabytes = (size: number) => `${(size / 2 ** 30).toFixed(0)} GiB`;
    throw new SalientError(
      'out-of-memory',
      `the input of ${this.#batch} images has ${gigabytes(bytes)}, expected at most ${gigabytes(LARGEST_INPUT)}; ` +
        'use a smaller batch',
    );
  }

  async #networkStages(): Promise<void> {
    const graph = await this.#graph();
    using forward = await this.#prepared('forward', undefined, forwardProgram(graph));
    // Made last: what a device refuses needs none.
    const given = new Map<string, Floats>([[graph.inputs[0]!.name, inputBatch(graph).data]]);
    for (const [index, composite] of [...new Set(this.#options.composites)].entries()) {
      await this.#attempt('LRP', composite, async () => {
        using relevance = await this.#prepared('LRP', composite, relevanceProgram(graph, composite));
        const { signal } = this.#options;
        const times = await interleave(
          [
            timed('forward', () => forward.run(given, { signal })),
            timed('LRP', () => relevance.run(given, { signal })),
          ],
          this.#options,
        );
        const [alone, whole] = [times.get('forward')!, times.get('LRP')!];
        if (index === 0) this.#push('forward', undefined, forward, alone);
        this.#push('LRP', composite, relevance, whole, pairedRatio(alone, whole));
        if (this.#options.kernels) await this.#profile(composite, relevance, given);
      });
    }
  }

  async #saliencyStage(planes: 'sum' | 'paper'): Promise<void> {
    const { shape } = (await this.#graph()).inputs[0]!;
    using executable = await this.#device.prepare(saliencyProgram(shape, { input: planes }), this.#options);
    const given = new Map([['map', syntheticInput('bench.relevance', shape)]]);
    const times = await interleave([timed('SR', () => executable.run(given, this.#options))], this.#options);
    this.#push('SR', planes, executable, times.get('SR')!);
    if (this.#options.kernels) await this.#profile(`SR ${planes}`, executable, given);
  }

  async #endToEnd(composite: string): Promise<void> {
    await this.#graph();
    const photos = Array.from({ length: this.#batch }, (_, n) => noisePhoto(`bench.photo.${n}`));
    const { signal } = this.#options;
    const explain = () => this.#model.explainBatch(photos, { composite, signal });
    const times = await interleave([timed('end to end', explain)], this.#options);
    this.#push('end to end', composite, undefined, times.get('end to end')!);
  }

  async #profile(program: string, executable: Executable, given: ReadonlyMap<string, Floats>): Promise<void> {
    const runs: (readonly StepProfile[])[] = [];
    for (let run = 0; run < PROFILES; run++) {
      const { profile } = await executable.run(given, { profile: true, signal: this.#options.signal });
      if (profile !== undefined) runs.push(profile);
    }
    for (const [index, step] of (runs[0] ?? []).entries()) {
      const { median } = summarize(runs.map((profile) => profile[index]!.milliseconds));
      this.#results.kernels.push({ ...step, ...this.#about, milliseconds: median, program });
    }
  }

  async #prepared(stage: 'forward' | 'LRP', variant: string | undefined, program: Program): Promise<Executable> {
    const started = performance.now();
    const executable = await this.#device.prepare(program, { signal: this.#options.signal });
    const milliseconds = summarize([performance.now() - started]);
    const what = variant === undefined ? stage : `${stage} ${variant}`;
    const { bytes: bytesHeld } = executable;
    this.#results.stages.push({ ...this.#about, stage: 'prepare', variant: what, milliseconds, bytesHeld });
    return executable;
  }

  #push(
    stage: StageResult['stage'],
    variant: string | undefined,
    executable: Executable | undefined,
    times: readonly number[],
    timesForward?: Summary,
  ): void {
    this.#results.stages.push({
      ...this.#about,
      stage,
      ...(variant === undefined ? {} : { variant }),
      milliseconds: summarize(times),
      ...(executable ? this.#facts(executable) : {}),
      ...(timesForward ? { timesForward } : {}),
    });
  }

  #facts({ program, bytes, placement }: Executable) {
    const { kind } = this.#device;
    const slow = program.steps.filter((step, index) => placement[index] !== kind && !isFixed(program, step.outputs));
    return {
      work: totalWork(workOf(program)),
      bytesHeld: bytes,
      fallbacks: [...new Set(slow.map(({ operation }) => operation.name))],
    };
  }

  #attempt(stage: StageResult['stage'], variant: string | undefined, task: () => Promise<void>): Promise<void> {
    const about = { ...this.#about, stage, ...(variant === undefined ? {} : { variant }) };
    return attempt(this.#results, about, this.#options, task);
  }

  get #about() {
    return { model: this.#name, batch: this.#batch };
  }
}

function isFixed({ buffers }: Program, ids: readonly number[]): boolean {
  return ids.every((id) => buffers[id]!.fixed);
}

/** A photograph of 320×240 pixels of noise. */
function noisePhoto(name: string) {
  const [width, height] = [320, 240];
  const noise = syntheticInput(name, [width * height * 3]);
  return { width, height, data: Uint8Array.from(noise, (value) => 255 * ((value + 2) / 4)) };
}
