/** Bit flags of the WebGPU specification; not every runtime has them as globals. */
export const USAGE = {
  mapRead: 0x0001,
  copySource: 0x0004,
  copyDestination: 0x0008,
  storage: 0x0080,
  queryResolve: 0x0200,
} as const;
export const MAP_READ = 0x0001;
export const COMPUTE_STAGE = 0x0004;
