import { answer } from './answer.ts';
import type { FromWorker, ToWorker } from './instance.ts';

/** The scope of a dedicated worker. */
interface WorkerScope {
  postMessage(message: FromWorker): void;
  onmessage: ((event: { readonly data: ToWorker }) => void) | null;
}

/** Makes this Web Worker one thread of the wasm device. */
export function serveThread(): void {
  const scope = globalThis as unknown as WorkerScope;
  scope.onmessage = ({ data }) => scope.postMessage(answer(data));
}
