/** The host as a Web Worker. */
import { serveHost } from './serve-host.ts';

serveHost();
