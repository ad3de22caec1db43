import { SalientError } from '../error.ts';
import { hasNodeModules } from '../tensor/runtime.ts';
import { startWorker } from '../tensor/wasm/start-worker.ts';
import { hostWorker } from './host-worker.ts';
import type { FromHost, Port, ToHost } from './protocol.ts';

/** A host's worker, seen from outside. */
export interface HostLine extends Port<ToHost, FromHost> {
  /** Called when the worker does not start, or ends by itself. */
  onLoss(listener: (reason: string) => void): void;
  /** Whether a process must not end meanwhile (Node). */
  hold(alive: boolean): void;
  terminate(): void;
}

/** Starts a worker that runs the host: this package's own, or the module at an address. */
export function startHost(url: string | URL | undefined): HostLine {
  if (hasNodeModules()) return nodeLine(url);
  if (typeof Worker === 'undefined') throw new SalientError('no-device', 'there are no workers in this scope');
  return webLine(startWorker('salient-relevance', url, hostWorker));
}

function webLine(worker: Worker): HostLine {
  return {
    post: (message, transfer = []) => worker.postMessage(message, transfer as Transferable[]),
    listen(listener) {
      worker.onmessage = ({ data }: MessageEvent<FromHost>) => listener(data);
    },
    onLoss(listener) {
      worker.onerror = (event) => {
        event.preventDefault();
        listener(event.message || 'it does not start');
      };
    },
    hold: () => undefined,
    terminate: () => worker.terminate(),
  };
}

/** The worker's module: beside this one, with its extension (`.ts` in the sources, `.js` when compiled). */
const NODE_HOST = new URL(import.meta.url.replace(/line(\.\w+)$/, 'node-host$1'));

function nodeLine(url: string | URL | undefined): HostLine {
  const { Worker } = process.getBuiltinModule('node:worker_threads');
  const worker = new Worker(url === undefined ? NODE_HOST : new URL(url));
  worker.unref();
  return {
    post: (message, transfer = []) => worker.postMessage(message, transfer as ArrayBuffer[]),
    listen: (listener) => void worker.on('message', (message: FromHost) => listener(message)),
    onLoss(listener) {
      worker.on('error', (error) => listener(error instanceof Error ? error.message : String(error)));
      worker.on('exit', () => listener('it ended'));
    },
    hold: (alive) => (alive ? worker.ref() : worker.unref()),
    terminate: () => void worker.terminate(),
  };
}
