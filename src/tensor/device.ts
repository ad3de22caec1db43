import type { Phase, Program } from './program.ts';
import type { Floats, Tensor } from './tensor.ts';

/** The three devices: what is right (`reference`), what runs everywhere (`wasm`), what is fast (`webgpu`). */
export type DeviceKind = 'webgpu' | 'wasm' | 'reference';

/** How far a call is: `done` of `total` steps of a phase. */
export interface Progress {
  readonly phase: 'load' | 'compile' | Phase;
  readonly done: number;
  readonly total: number;
}

/** What every long call takes. */
export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Measure each step: {@link RunResult.profile}. */
  readonly profile?: boolean | undefined;
}

/** Time of one step (or of several fused into one kernel). */
export interface StepProfile {
  readonly layer: string;
  readonly phase: Phase;
  readonly operation: string;
  readonly milliseconds: number;
  /**
   * What measured it: the `processor` that did the work, the `gpu` itself (timestamp queries), or, on a GPU without
   * these, the processor from submitting the step until it was told of its end (a `round trip`, some 0.1 ms too long).
   */
  readonly clock: 'processor' | 'gpu' | 'round trip';
  readonly flops: number;
  /** Bytes read and written once. */
  readonly bytes: number;
}

export interface RunResult {
  /** The program's outputs by name, in host memory: float64 from `reference`, float32 from the others. */
  readonly outputs: ReadonlyMap<string, Tensor>;
  readonly profile?: readonly StepProfile[];
}

/** A GPU in its driver's words; empty where the runtime keeps one to itself. */
export interface AdapterNames {
  readonly vendor: string;
  readonly architecture: string;
  /** The model. */
  readonly device: string;
  readonly driver: string;
}

/** Why a GPU was lost, in WebGPU's words. */
export interface DeviceLoss {
  readonly reason: string;
  readonly message: string;
}

/**
 * A backend: it holds constants, prepares programs and runs them. It knows nothing of networks, LRP or images.
 * All devices run the same programs; `reference` defines what is right.
 */
export interface Device extends Disposable {
  readonly kind: DeviceKind;
  /** One line for people: engine, threads or adapter, features. */
  readonly description: string;
  /** Why this device and not a faster one, where it was chosen automatically. */
  readonly choice?: string;
  /** How many threads compute, on the device `wasm`. */
  readonly threads?: number;
  /** The GPU, where the device is one. */
  readonly adapter?: AdapterNames;
  /** Resolves when the GPU is lost, where the device is one; after {@link renew}, another promise. Not by `close`. */
  readonly lost?: Promise<DeviceLoss>;
  /**
   * Decides layouts, memory and kernels for a program, uploads its constants (each {@link TensorSource} once per device,
   * freed with the last program that uses it) and computes what follows from constants alone.
   */
  prepare(program: Program, options?: RunOptions): Promise<Executable>;
  /**
   * Where the GPU was lost, goes on with a new one; else does nothing. Programs that were prepared before stay lost.
   * Models do this by themselves.
   */
  renew?(): Promise<void>;
  /** Frees everything; calls under way and later ones fail with code `closed`. Idempotent. */
  close(): void;
}

/** A prepared program. Runs are queued: a second run waits for the first. */
export interface Executable extends Disposable {
  readonly program: Program;
  /** Where each step of `program.steps` runs, e.g. `webgpu`, `wasm`, `reference`. */
  readonly placement: readonly string[];
  /** Bytes that the executable holds on the device, constants included. */
  readonly bytes: number;
  /** Writes the inputs, runs all steps, reads the outputs back. */
  run(inputs: ReadonlyMap<string, Floats>, options?: RunOptions): Promise<RunResult>;
  /** Frees its memory, after the run that is under way; that run and later ones fail with code `closed`. Idempotent. */
  close(): void;
}
