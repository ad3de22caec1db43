import { host } from './host.ts';
import type { FromHost, ToHost } from './protocol.ts';

/** The scope of a dedicated worker. */
interface WorkerScope {
  postMessage(message: FromHost): void;
  onmessage: ((event: { readonly data: ToHost }) => void) | null;
}

/** Makes this Web Worker a host. */
export function serveHost(): void {
  const scope = globalThis as unknown as WorkerScope;
  host({
    post: (message) => scope.postMessage(message),
    listen(listener) {
      scope.onmessage = ({ data }) => listener(data);
    },
  });
}
