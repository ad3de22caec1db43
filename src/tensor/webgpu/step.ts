import type { Shape } from '../tensor.ts';
import type { Constants, ShaderName } from './shader.ts';

/** Numbers on the GPU: float32 (tables also int32), row-major, padded to 16 bytes. */
export interface GpuTensor {
  readonly shape: Shape;
  /** Index of the planner's record of its memory. */
  readonly resource: number;
}

/** Rows `first … first+rows` (of the outermost axis) of a constant, in a buffer of their own. */
export interface GpuSlab extends GpuTensor {
  readonly slab: number;
  readonly first: number;
  readonly rows: number;
}

/** What kernel selection may depend on, besides shapes. */
export interface GpuLimits {
  readonly maxStorageBufferBindingSize: number;
  readonly maxBufferSize: number;
  readonly maxComputeWorkgroupStorageSize: number;
  readonly maxComputeInvocationsPerWorkgroup: number;
  readonly maxComputeWorkgroupsPerDimension: number;
  /** Whether a processor's cores play the GPU (a fallback adapter): other tiles are best there. */
  readonly software: boolean;
}

/** One dispatch of a shader. */
export interface Dispatch {
  /** Values of the shader's `override` declarations, baked into its text. */
  readonly constants: Constants;
  /** A tensor for each of the shader's bindings, by name. */
  readonly bindings: Readonly<Record<string, GpuTensor | GpuSlab>>;
  readonly workgroups: readonly [number, number, number];
}

/**
 * What an operation's `webgpu` method gets when a program is planned: tensors without data. The operation emits the
 * dispatches that compute its outputs; their order is kept. What depends on constants alone runs once, at preparation.
 */
export interface GpuStep {
  readonly inputs: readonly GpuTensor[];
  readonly outputs: readonly GpuTensor[];
  readonly limits: GpuLimits;
  /** Memory for intermediate results of this step. */
  scratch(shape: Shape, name: string): GpuTensor;
  /** Constant data that the plan itself makes, such as index tables. */
  table(data: Int32Array | Uint32Array | Float32Array): GpuTensor;
  /** The pieces in which a tensor lies: one, unless it is a constant over the binding limit. */
  slabs(tensor: GpuTensor): readonly GpuSlab[];
  dispatch(shader: ShaderName, dispatch: Dispatch): void;
}

/** Workgroups of `size` invocations for `count` elements, as the x and y that `flat_index` of `index.wgsl` undoes. */
export function flatWorkgroups(count: number, size = 256): [number, number, number] {
  const groups = Math.max(1, Math.ceil(count / size));
  const rows = Math.ceil(groups / 65535);
  return [Math.ceil(groups / rows), rows, 1];
}
