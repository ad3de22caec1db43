import type { FromWorker } from './instance.ts';
import { startWorker } from './start-worker.ts';
import type { Thread } from './thread.ts';
import { threadWorker } from './thread-worker.ts';

/** A thread that is a Web Worker. */
export function webThread(workerUrl?: string | URL): Thread {
  const worker = startWorker('salient-relevance thread', workerUrl, threadWorker);
  return {
    postMessage: (message) => worker.postMessage(message),
    listen(listener) {
      worker.onmessage = (event: MessageEvent<FromWorker>) => listener(event.data);
      worker.onerror = (event) => {
        event.preventDefault();
        listener({ kind: 'failed', message: event.message || 'the worker does not start' });
      };
    },
    hold: () => undefined,
    terminate: () => worker.terminate(),
  };
}
