import {
  type Composite,
  composite,
  type ExplainOptions,
  type Explanation,
  type LoadModelOptions,
  type ModelDownload,
  openWorker,
  type Progress,
  type PullOptions,
  type Rule,
  type SalientWorker,
  type WorkerInput,
  type WorkerModel,
} from '../../src/browser/index.ts';
import type { Settings } from './settings.ts';

/** A network in its place on the page. */
export interface Slot {
  readonly name: string;
  readonly model: WorkerModel;
  /** The class to explain; absent: what it predicts. */
  target: number | undefined;
  /** Milliseconds until it was open, a download included. */
  readonly opened: number;
  /** Layers that have a rule of their own. */
  readonly rules: Map<string, Rule>;
}

/** An explanation, with what it took. */
export interface Answer {
  readonly explanation: Explanation;
  readonly milliseconds: number;
  /** Milliseconds by phase, where progress was watched. */
  readonly phases: ReadonlyMap<Progress['phase'], number>;
}

/** Adds up the time between progress reports: each says what begins. */
class PhaseClock {
  readonly #times = new Map<Progress['phase'], number>();
  #phase: Progress['phase'] | undefined;
  #since: number;

  constructor(start: number) {
    this.#since = start;
  }

  enter(phase: Progress['phase']): void {
    this.#add();
    this.#phase = phase;
  }

  ended(): ReadonlyMap<Progress['phase'], number> {
    this.#add();
    return this.#times;
  }

  #add(): void {
    const now = performance.now();
    if (this.#phase !== undefined)
      this.#times.set(this.#phase, (this.#times.get(this.#phase) ?? 0) + now - this.#since);
    this.#since = now;
  }
}

/** The worker, which is opened anew when it is lost, and its networks. */
export class Engine {
  #worker: SalientWorker | undefined;
  readonly #device: Settings['device'];

  constructor(device: Settings['device']) {
    this.#device = device;
  }

  get description(): string {
    const { description = 'not open', choice } = this.#worker ?? {};
    return choice ? `${description}; ${choice.replace(/ \(--device[^)]*\)/, '')}` : description;
  }

  get kind(): string | undefined {
    return this.#worker?.kind;
  }

  async open(): Promise<void> {
    this.#worker?.close();
    this.#worker = await openWorker({
      device: this.#device,
      workerUrl: new URL('salient-relevance.browser.js', import.meta.url),
    });
  }

  /** A network's file, out of the origin's own files, where it is brought unless it is there. */
  pull(wanted: ModelDownload, onDownload: PullOptions['onDownload'], signal: AbortSignal): Promise<Blob> {
    return this.#worker!.pullModel(wanted, { onDownload, signal });
  }

  async load(
    name: string,
    source: Blob | string,
    options: Pick<LoadModelOptions, 'labels' | 'sha256' | 'onDownload' | 'signal'>,
  ): Promise<Slot> {
    const start = performance.now();
    const model = await this.#worker!.loadModel(source, options);
    return { name, model, opened: performance.now() - start, target: undefined, rules: new Map() };
  }

  async explain(slot: Slot, input: WorkerInput, settings: Settings, options: ExplainOptions): Promise<Answer> {
    const start = performance.now();
    const clock = new PhaseClock(start);
    const watched = options.onProgress;
    const onProgress =
      watched &&
      ((progress: Progress) => {
        clock.enter(progress.phase);
        watched(progress);
      });
    const explanation = await slot.model.explain(input, {
      method: settings.method as NonNullable<ExplainOptions['method']>,
      composite: settings.composite,
      target: slot.target ?? 'predicted',
      saliency: settings.saliency === 'none' ? false : { input: settings.saliency },
      ...options,
      onProgress,
    });
    return { explanation, milliseconds: performance.now() - start, phases: clock.ended() };
  }

  close(): void {
    this.#worker?.close();
  }
}

/** A composite in which some layers have rules of their own; the others keep those that the explanation used. */
export function edited(name: string, { layers }: Explanation, rules: ReadonlyMap<string, Rule>): Composite | string {
  if (rules.size === 0) return name;
  const { pooling, lrn, normEpsilon, product } = composite(
    name,
    name === 'epsilon-gamma-box' ? { low: [0], high: [1] } : {},
  );
  return {
    name: `${name}, edited`,
    layers: layers.flatMap(({ layer, rule }) => {
      const own = rules.get(layer) ?? rule;
      return own === undefined ? [] : [{ match: { name: layer }, rule: own }];
    }),
    pooling,
    lrn,
    ...(normEpsilon !== undefined && { normEpsilon }),
    ...(product !== undefined && { product }),
  };
}

/** One line for people. */
export function messageOf(error: unknown): string {
  // By its name: what the page itself took along of the library has a class of its own.
  if (error instanceof Error && error.name === 'SalientError') return error.message;
  return `a fault of this page: ${error instanceof Error ? error.message : String(error)}`;
}
