/** The host as a worker thread of Node. */
import { SalientError } from '../error.ts';
import { host } from './host.ts';
import type { ToHost } from './protocol.ts';

const { parentPort } = process.getBuiltinModule('node:worker_threads');
const port = parentPort;
if (port === null) throw new SalientError('bad-argument', 'this module is a worker; openWorker() starts it');
host({
  post: (message) => port.postMessage(message),
  listen: (listener) => void port.on('message', (message: ToHost) => listener(message)),
});
