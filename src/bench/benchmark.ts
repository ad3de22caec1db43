import { SalientError } from '../error.ts';
import type { Graph } from '../graph.ts';
import { Model } from '../model.ts';
import { type SyntheticModelName, syntheticInput, syntheticModel } from '../onnx/synthetic.ts';
import { modelBytes } from '../onnx/write.ts';
import { forwardProgram } from '../plan/program.ts';
import { saliencyProgram } from '../saliency/add-saliency.ts';
import type { Device, Executable, StepProfile } from '../tensor/device.ts';
import type { Program } from '../tensor/program.ts';
import type { Floats } from '../tensor/tensor.ts';
import { type InterleaveOptions, interleave, timed } from './interleave.ts';
import { measurePeaks, type Peaks } from './peaks.ts';
import { pairedRatio, type Summary, summarize } from './statistics.ts';
import { type TotalWork, totalWork, workOf } from './work.ts';
import { inputBatch, relevanceProgram } from './workload.ts';

export interface BenchmarkOptions extends InterleaveOptions {
  readonly models: readonly SyntheticModelName[];
  readonly composites: readonly string[];
  readonly batches: readonly number[];
  /** Also time every step of each forward pass with LRP. */
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
  readonly composite: string;
}

export interface BenchmarkResult {
  readonly device: string;
  readonly peaks: Peaks;
  readonly stages: readonly StageResult[];
  readonly kernels: readonly KernelResult[];
}

const LOADS = 3;
const PROFILES = 5;

/** Measures a device from the file's bytes to the SR map, on synthetic networks and noise. */
export async function benchmark(device: Device, options: BenchmarkOptions): Promise<BenchmarkResult> {
  options.onStage?.('peaks of the device');
  const peaks = await measurePeaks(device, options.signal);
  const stages: StageResult[] = [];
  const kernels: KernelResult[] = [];
  for (const name of options.models) {
    options.onStage?.(`${name}: load`);
    const bytes = modelBytes(syntheticModel(name));
    const times: number[] = [];
    for (let load = 0; load < LOADS; load++) {
      const started = performance.now();
      using _ = await Model.open(device, bytes);
      times.push(performance.now() - started);
    }
    stages.push({ model: name, batch: 1, stage: 'load', milliseconds: summarize(times) });
    using model = await Model.open(device, bytes);
    for (const batch of options.batches) {
      const session = new Session(device, name, model, batch, options);
      await session.run();
      stages.push(...session.stages);
      kernels.push(...session.kernels);
    }
  }
  return { device: device.description, peaks, stages, kernels };
}

/** The stages of one network at one batch size. */
class Session {
  readonly stages: StageResult[] = [];
  readonly kernels: KernelResult[] = [];
  readonly #device: Device;
  readonly #name: SyntheticModelName;
  readonly #model: Model;
  readonly #batch: number;
  readonly #options: BenchmarkOptions;

  constructor(device: Device, name: SyntheticModelName, model: Model, batch: number, options: BenchmarkOptions) {
    this.#device = device;
    this.#name = name;
    this.#model = model;
    this.#batch = batch;
    this.#options = options;
  }

  async run(): Promise<void> {
    const graph = await this.#model.graph(this.#batch);
    await this.#attempt('forward', undefined, () => this.#networkStages(graph));
    for (const planes of ['sum', 'paper'] as const) {
      await this.#attempt('SR', planes, () => this.#saliencyStage(graph, planes));
    }
    for (const composite of this.#options.composites.slice(0, 1)) {
      await this.#attempt('end to end', composite, () => this.#endToEnd(composite));
    }
  }

  async #networkStages(graph: Graph): Promise<void> {
    const input = inputBatch(graph);
    const given = new Map<string, Floats>([[graph.inputs[0]!.name, input.data]]);
    using forward = await this.#prepared('forward', undefined, forwardProgram(graph));
    for (const [index, composite] of this.#options.composites.entries()) {
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

  async #saliencyStage(graph: Graph, planes: 'sum' | 'paper'): Promise<void> {
    const { shape } = graph.inputs[0]!;
    using executable = await this.#device.prepare(saliencyProgram(shape, { input: planes }), this.#options);
    const given = new Map([['map', syntheticInput('bench.relevance', shape)]]);
    const times = await interleave([timed('SR', () => executable.run(given, this.#options))], this.#options);
    this.#push('SR', planes, executable, times.get('SR')!);
  }

  async #endToEnd(composite: string): Promise<void> {
    const photos = Array.from({ length: this.#batch }, (_, n) => noisePhoto(`bench.photo.${n}`));
    const { signal } = this.#options;
    const explain = () => this.#model.explainBatch(photos, { composite, signal });
    const times = await interleave([timed('end to end', explain)], this.#options);
    this.#push('end to end', composite, undefined, times.get('end to end')!);
  }

  async #profile(composite: string, executable: Executable, given: ReadonlyMap<string, Floats>): Promise<void> {
    const runs: (readonly StepProfile[])[] = [];
    for (let run = 0; run < PROFILES; run++) {
      const { profile } = await executable.run(given, { profile: true, signal: this.#options.signal });
      if (profile !== undefined) runs.push(profile);
    }
    for (const [index, step] of (runs[0] ?? []).entries()) {
      const { median } = summarize(runs.map((profile) => profile[index]!.milliseconds));
      this.kernels.push({ ...step, milliseconds: median, model: this.#name, batch: this.#batch, composite });
    }
  }

  async #prepared(stage: 'forward' | 'LRP', variant: string | undefined, program: Program): Promise<Executable> {
    const started = performance.now();
    const executable = await this.#device.prepare(program, { signal: this.#options.signal });
    const milliseconds = summarize([performance.now() - started]);
    const what = variant === undefined ? stage : `${stage} ${variant}`;
    this.stages.push({ ...this.#about, stage: 'prepare', variant: what, milliseconds, bytesHeld: executable.bytes });
    return executable;
  }

  #push(
    stage: StageResult['stage'],
    variant: string | undefined,
    executable: Executable | undefined,
    times: readonly number[],
    timesForward?: Summary,
  ): void {
    this.stages.push({
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

  /** A stage that does not fit or cannot run leaves its reason in the results. */
  async #attempt(stage: StageResult['stage'], variant: string | undefined, task: () => Promise<void>): Promise<void> {
    const about = { ...this.#about, stage, ...(variant === undefined ? {} : { variant }) };
    this.#options.onStage?.(`${this.#name}, batch ${this.#batch}: ${stage} ${variant ?? ''}`.trimEnd());
    try {
      await task();
    } catch (error) {
      if (!(error instanceof SalientError) || error.code === 'aborted' || this.#options.signal?.aborted) throw error;
      this.stages.push({ ...about, failure: error.message });
    }
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
