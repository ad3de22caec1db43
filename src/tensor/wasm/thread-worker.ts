/** Makes the Web Worker of one thread. Bundlers know the worker by this very expression: it must stay literal. */
export function threadWorker(): Worker {
  return new Worker(new URL('./worker.js', import.meta.url), { type: 'module', name: 'salient-relevance thread' });
}
