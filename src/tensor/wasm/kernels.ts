/** The kernels of the binary, in the order in which wasm/main.ts numbers them. */
export const KERNELS = ['activation'] as const;

export type KernelName = (typeof KERNELS)[number];
