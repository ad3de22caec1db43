/** The host as a Web Worker; where it is the workerUrl of its device's threads, one of these. */
import { serveThread } from '../tensor/wasm/serve-thread.ts';
import { serveHost } from './serve-host.ts';

if ((globalThis as { readonly name?: string }).name === 'salient-relevance thread') serveThread();
else serveHost();
