/** A block that lives from one step to another (both included). */
export interface Lifetime {
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

/**
 * Offsets in one arena for blocks with lifetimes, so that blocks alive at the same step never overlap: largest first,
 * each at the lowest place that is free. Returns the offsets, in order, and the arena's size.
 */
export function layOut(blocks: readonly Lifetime[]): { offsets: number[]; bytes: number } {
  const offsets = new Array<number>(blocks.length).fill(0);
  const placed: { start: number; end: number; block: Lifetime }[] = [];
  let bytes = 0;
  const order = [...blocks.keys()].sort((a, b) => blocks[b]!.bytes - blocks[a]!.bytes || a - b);
  for (const index of order) {
    const block = blocks[index]!;
    const size = Math.ceil(block.bytes / 64) * 64;
    let start = 0;
    for (const other of placed) {
      if (other.block.first > block.last || other.block.last < block.first) continue;
      if (other.start >= start + size) break;
      start = Math.max(start, other.end);
    }
    offsets[index] = start;
    bytes = Math.max(bytes, start + size);
    const position = placed.findIndex((other) => other.start > start);
    placed.splice(position < 0 ? placed.length : position, 0, { start, end: start + size, block });
  }
  return { offsets, bytes };
}
