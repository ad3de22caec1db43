/** One thread of the wasm device: the module started again, on the device's memory. */
import { type FromWorker, type Instance, instantiate, type ToWorker } from './instance.ts';

let instance: Instance | undefined;

function answer(message: ToWorker): FromWorker {
  try {
    if (message.kind === 'start') {
      instance = instantiate(message.module, message.memory);
      return { kind: 'ready' };
    }
    instance!.run(message.commands, message.count, message.control, message.scratch);
    return { kind: 'done' };
  } catch (error) {
    return { kind: 'failed', message: String(error) };
  }
}

/** The scope of a Web Worker; Node's worker threads have none and talk over their parent port. */
interface WorkerScope {
  postMessage?(message: FromWorker): void;
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
}

const scope = globalThis as unknown as WorkerScope;
if (scope.postMessage !== undefined) {
  scope.onmessage = (event) => scope.postMessage!(answer(event.data));
} else {
  const { parentPort } = await import('node:worker_threads');
  parentPort?.on('message', (message: ToWorker) => parentPort.postMessage(answer(message)));
}
