/*
 * The one self-contained module for browsers, dist/salient-relevance.browser.js (made by web/bundle.mjs): the library,
 * ./canvas and ./worker. In a worker that it started itself it is that worker.
 */
export * from '../index.ts';
export {
  type ModelDownload,
  openWorker,
  type PullOptions,
  removeStoredModel,
  SalientWorker,
  type StoredModel,
  storedModel,
  storedModels,
  type WorkerInput,
  WorkerModel,
  type WorkerOptions,
} from '../worker/open-worker.ts';
export * from './canvas.ts';
