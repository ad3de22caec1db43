/** One thread of the wasm device as a worker thread of Node or Deno. */
import { parentPort } from 'node:worker_threads';
import { answer } from './answer.ts';
import type { ToWorker } from './instance.ts';

parentPort?.on('message', (message: ToWorker) => parentPort!.postMessage(answer(message)));
