import { SalientError } from '../../error.ts';

/**
 * Starts a worker by its name: the module at an address, or this package's own.
 * @throws SalientError 'no-device' where the page may not start it
 */
export function startWorker(name: string, url: string | URL | undefined, own: () => Worker): Worker {
  try {
    return url === undefined ? own() : new Worker(url, { type: 'module', name });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const help = "workerUrl names a module of the page's own origin that imports salient-relevance/browser";
    throw new SalientError(
      'no-device',
      `a worker cannot be started (${reason}); where that is of another origin, ${help}`,
      {
        cause,
      },
    );
  }
}
