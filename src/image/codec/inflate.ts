/** Compressed bytes handed to the inflater at once; one step of it can make at most 1032 times as many. */
const STEP = 16384;

/** Inflates a zlib stream piece by piece; whoever stops iterating stops the inflater. */
export async function* inflate(
  compressed: readonly Uint8Array[],
  failed: (cause: unknown) => Error,
): AsyncGenerator<Uint8Array> {
  const steps = (function* () {
    for (const piece of compressed) {
      for (let at = 0; at < piece.length; at += STEP) yield new Uint8Array(piece.slice(at, at + STEP));
    }
  })();
  const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      const step = steps.next();
      if (step.done) controller.close();
      else controller.enqueue(step.value);
    },
  });
  const reader = source.pipeThrough(new DecompressionStream('deflate')).getReader();
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
  }
}
