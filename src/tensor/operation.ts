import type { Shape, Tensor } from './tensor.ts';
import type { WasmStep } from './wasm/step.ts';
import type { GpuStep } from './webgpu/step.ts';

/**
 * One step of a plan: a kernel with its attributes bound. It says what it computes (`shape`, `reference`) and how the
 * fast devices do it. An operation is pure: outputs depend on inputs alone, and never alias them.
 */
export interface Operation {
  /** The kernel's name, e.g. `conv`. */
  readonly name: string;
  /** The bound attributes, for plans printed and compared. */
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Shapes of the outputs for inputs of these shapes. */
  shape(inputs: readonly Shape[]): Shape[];
  /**
   * The definition, in plain loops: reads all inputs, writes every element of the outputs (which hold anything before).
   * Sums are accumulated in float64.
   */
  reference(inputs: readonly Tensor[], outputs: readonly Tensor[]): void;
  /** Floating-point operations (a multiply-add counts two), for throughput figures; absent where it is not arithmetic. */
  flops?(inputs: readonly Shape[], outputs: readonly Shape[]): number;
  /**
   * Plans the step on the `wasm` device. False where these shapes or attributes have no kernel: then the step runs its
   * `reference`. Absent where the operation has none at all.
   */
  wasm?(step: WasmStep): boolean;
  /**
   * Like `wasm`, for this step and the next one, which alone reads its only output: the step's output is the next one's.
   * False, with nothing planned, where each is better computed on its own.
   */
  wasmTogether?(step: WasmStep, next: Operation): boolean;
  /** Emits the dispatches that compute the outputs on a GPU (`shaders/*.wgsl`). */
  webgpu?(step: GpuStep): void;
  /**
   * Like `webgpu`, for this step and a later one whose first two inputs are the same. Returns what completes the later
   * step when its turn comes; undefined, with nothing emitted, where each is better computed on its own.
   */
  webgpuTogether?(step: GpuStep, later: Operation): ((later: GpuStep) => void) | undefined;
}
