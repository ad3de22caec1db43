import type { GpuLimits } from '../../src/tensor/webgpu/step.ts';

/** What every WebGPU implementation has. */
export const DEFAULT_LIMITS: GpuLimits = {
  maxStorageBufferBindingSize: 128 << 20,
  maxBufferSize: 256 << 20,
  maxComputeWorkgroupStorageSize: 16384,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupsPerDimension: 65535,
  software: false,
};
