import { type FromWorker, type Instance, instantiate, type ToWorker } from './instance.ts';

let instance: Instance | undefined;

/** What one thread of the wasm device does with a message: the module started again, on the device's memory. */
export function answer(message: ToWorker): FromWorker {
  try {
    if (message.kind === 'start') {
      instance = instantiate(message.module, message.memory);
      return { kind: 'ready' };
    }
    instance!.run(message.commands, message.count, message.control, message.scratch);
    return { kind: 'done' };
  } catch (error) {
    return { kind: 'failed', message: String(error) };
  }
}
