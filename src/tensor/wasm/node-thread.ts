import type { FromWorker } from './instance.ts';
import type { Thread } from './thread.ts';

/** The worker's module: beside this one, with its extension (`.ts` in the sources, `.js` when compiled). */
const WORKER = new URL(import.meta.url.replace('node-thread', 'node-worker'));

/** A thread that is a worker of Node or Deno: idle, it lets a process end that forgot about it. */
export function nodeThread(): Thread {
  const { Worker } = process.getBuiltinModule('node:worker_threads');
  const worker = new Worker(WORKER);
  let deliver: (message: FromWorker) => void = () => undefined;
  worker.on('message', (message: FromWorker) => deliver(message));
  worker.on('error', (error) => deliver({ kind: 'failed', message: String(error) }));
  worker.on('exit', () => deliver({ kind: 'failed', message: 'it ended' }));
  worker.unref();
  return {
    postMessage: (message) => worker.postMessage(message),
    listen(listener) {
      deliver = listener;
    },
    hold: (alive) => (alive ? worker.ref() : worker.unref()),
    terminate: () => void worker.terminate(),
  };
}
