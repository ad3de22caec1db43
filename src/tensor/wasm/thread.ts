import type { FromWorker, ToWorker } from './instance.ts';

/** A worker of Node or of the web. */
export interface Thread {
  postMessage(message: ToWorker): void;
  /** The one listener for its messages; a worker that fails to load or dies sends `failed`. */
  listen(listener: (message: FromWorker) => void): void;
  /** Whether it keeps the process alive. */
  hold(alive: boolean): void;
  terminate(): void;
}
