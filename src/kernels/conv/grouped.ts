/** Channels of a group, its input's and its output's, up to which each output is a sum of its own. */
const MOST_CHANNELS = 4;
/** Products of an output: sums of more are taken in stretches by the other kernels. */
const MOST_PRODUCTS = 256;

/**
 * Whether groups have so few stacked channels (depthwise convolutions) that a product of matrices would be mostly empty.
 */
export function hasSmallGroups(groups: number, channels: number, rows: number, [height, width]: Shape2): boolean {
  if (groups === 1 || channels > MOST_CHANNELS || rows > MOST_CHANNELS) return false;
  return (channels === 1 || rows <= 2) && channels * height * width <= MOST_PRODUCTS;
}

type Shape2 = readonly [number, number];
