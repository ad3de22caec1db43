import { parentPort, workerData } from 'node:worker_threads';
import { faultOf, inputOf, TARGETS } from './targets.ts';

/** Runs seeds from a first one on until it is stopped; says which it begins, and what it found. */
const { name, first, progress } = workerData as { name: string; first: number; progress: Int32Array };
const target = TARGETS[name]!;
for (let seed = first; Atomics.load(progress, 1) === 0; seed++) {
  Atomics.store(progress, 0, seed);
  const fault = await faultOf(target, inputOf(target, seed));
  if (fault !== undefined) parentPort!.postMessage({ seed, fault });
}
parentPort!.postMessage('done');
