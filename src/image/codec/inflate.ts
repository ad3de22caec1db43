/** Compressed bytes handed to the inflater at once; one step of it can make at most 1032 times as many. */
const STEP = 16384;

/** Inflates a zlib stream piece by piece; whoever stops iterating stops the inflater. */
export async function* inflate(
  compressed: readonly Uint8Array[],
  failed: (cause: unknown) => Error,
): AsyncGenerator<Uint8Array> {
  const inflater = new DecompressionStream('deflate');
  const writer = inflater.writable.getWriter();
  const reader = inflater.readable.getReader();
  // Step by step: what is handed over is copied, and an inflater in Node takes a file of any size at once.
  const feeding = (async () => {
    for (const piece of compressed) {
      for (let at = 0; at < piece.length; at += STEP)
        await writer.write(Uint8Array.from(piece.subarray(at, at + STEP)));
    }
    await writer.close();
  })().catch(() => {}); // the reader tells what is wrong
  try {
    for (;;) {
      const { value, done } = await reader.read().catch((error: unknown) => {
        throw failed(error);
      });
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => {}); // a failed stream needs no cancelling
    await writer.abort().catch(() => {});
    await feeding;
  }
}
