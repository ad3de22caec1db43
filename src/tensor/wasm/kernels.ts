/** The kernels of the binary, in the order in which wasm/main.ts numbers them. */
export const KERNELS = [
  'activation',
  'packWeights',
  'packWinograd',
  'packColumns',
  'multiplyColumns',
  'transformTiles',
  'multiplyTiles',
  'denseRows',
  'denseColumns',
  'finishDense',
  'sumSquares',
  'quotients',
  'packFold',
  'foldColumns',
  'statistics',
  'joinStatistics',
  'absorbed',
  'joinAbsorbed',
  'maxPool',
  'maxPoolTranspose',
  'averagePool',
  'averagePoolTranspose',
  'expandParts',
  'sumParts',
] as const;

export type KernelName = (typeof KERNELS)[number];
