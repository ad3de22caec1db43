/** This project as a contestant: `salient.js DEVICE`. */
import { readFile } from 'node:fs/promises';
import { forwardProgram } from '../../src/forward/program.ts';
import { relevanceProgram } from '../../src/measure/workload.ts';
import { loadModel } from '../../src/model/load-model.ts';
import type { Model } from '../../src/model/model.ts';
import { saliencyProgram } from '../../src/saliency/add-saliency.ts';
import { readNpy } from '../../src/tensor/npy.ts';
import { type DeviceChoice, openDevice } from '../../src/tensor/open-device.ts';
import { serve } from '../serve.ts';

const choice = process.argv[2] as DeviceChoice;
// A look at the device for its description: requests are timed with a device of their own.
const description = await openDevice(choice).then((device) => {
  device.close();
  return device.description;
});
const device = { opened: undefined as Awaited<ReturnType<typeof openDevice>> | undefined };
const models = new Map<string, Model>();

await serve(description, async ({ model: path, program: name, batch, input }) => {
  device.opened ??= await openDevice(choice);
  const { shape, data } = readNpy(await readFile(input), input);
  if (path === undefined) {
    const executable = await device.opened.prepare(saliencyProgram([1, ...shape], { input: 'paper' }));
    return { run: async () => (await executable.run(new Map([['map', data]]))).outputs.get('salient')! };
  }
  const model = models.get(path) ?? (await loadModel(device.opened, path));
  models.set(path, model);
  const graph = await model.graph(batch);
  const forward = name === 'forward';
  const executable = await device.opened.prepare(forward ? forwardProgram(graph) : relevanceProgram(graph, name));
  const given = new Map([[graph.inputs[0]!.name, data]]);
  const output = forward ? graph.outputs[0]!.name : 'relevance';
  return { run: async () => (await executable.run(given)).outputs.get(output)! };
});
