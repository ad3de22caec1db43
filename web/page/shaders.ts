import { INCLUDES, SHADERS } from '../../src/tensor/webgpu/shaders.generated.ts';

/** The shaders that compute a graph operator and its way back, by operator. */
const OF: Readonly<Record<string, readonly string[]>> = {
  Conv: ['conv', 'conv-product', 'map-weights'],
  Dense: ['gemm', 'gemv-rows', 'gemv-columns'],
  MaxPool: ['max-pool', 'max-pool-transpose'],
  AveragePool: ['average-pool', 'average-pool-transpose'],
  Relu: ['activation'],
  Softmax: ['softmax'],
  Lrn: ['lrn', 'lrn-taylor'],
};

/** The WGSL of an operator, by the shaders' names, as it stands in shaders/. */
export function shadersOf(operator: string): Readonly<Record<string, string>> {
  const all: Readonly<Record<string, string>> = { ...SHADERS, ...INCLUDES };
  const found = (OF[operator] ?? []).filter((name) => Object.hasOwn(all, name));
  return Object.fromEntries(found.map((name) => [name, all[name]!]));
}
