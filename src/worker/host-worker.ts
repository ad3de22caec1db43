/** Makes the Web Worker of a host. Bundlers know the worker by this very expression: it must stay literal. */
export function hostWorker(): Worker {
  return new Worker(new URL('./web-host.js', import.meta.url), { type: 'module', name: 'salient-relevance' });
}
