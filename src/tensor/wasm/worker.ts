/** One thread of the wasm device as a Web Worker. */
import { serveThread } from './serve-thread.ts';

serveThread();
