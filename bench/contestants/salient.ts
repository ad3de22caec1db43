/** This project as a contestant: `salient.js DEVICE [THREADS]`. */
import { readFile } from 'node:fs/promises';
import { patchOrder, perturbed, replacementFor } from '../../src/evaluate/perturbation.ts';
import { forwardProgram } from '../../src/forward/program.ts';
import { sumOverChannels } from '../../src/image/draw/heatmap.ts';
import { relevanceProgram } from '../../src/measure/workload.ts';
import type { ExplainOptions } from '../../src/model/explain-options.ts';
import { loadModel } from '../../src/model/load-model.ts';
import type { Model } from '../../src/model/model.ts';
import { saliencyProgram } from '../../src/saliency/add-saliency.ts';
import { readNpy } from '../../src/tensor/npy.ts';
import { type DeviceChoice, openDevice } from '../../src/tensor/open-device.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { serve } from '../serve.ts';

const choice = process.argv[2] as DeviceChoice;
const options = choice === 'wasm' ? { threads: Number(process.argv[3]) } : {};
// A look at the device for its description: requests are timed with a device of their own.
const description = await openDevice(choice, options).then((device) => {
  device.close();
  return device.description;
});
const device = { opened: undefined as Awaited<ReturnType<typeof openDevice>> | undefined };
/** Programs that are more than one run of one program: by the library's calls. */
function explaining(model: Model, name: string): ((input: Tensor) => Promise<Tensor>) | undefined {
  const options = { saliency: false } as const;
  const one = async (input: Tensor, method: ExplainOptions['method']) => {
    const { relevance } = await model.explain(input, { ...options, method });
    return { shape: [1, ...relevance.shape], data: relevance.data };
  };
  if (name === 'gradient') return (input) => one(input, { name });
  if (name === 'integrated-gradients') {
    return (input) => {
      const baseline = { shape: input.shape.slice(1), data: new Float32Array(input.data.length) };
      return one(input, { name, steps: 32, baseline });
    };
  }
  if (name === 'pixel-flipping') return async (input) => flipped(model, input);
  const [, composite] = /^ten targets (.*)$/.exec(name) ?? [];
  if (composite === undefined) return undefined;
  const targets = Array.from({ length: 10 }, (_, rank) => ({ rank }));
  return async (input) => {
    const maps = (await model.explainTargets(input, targets, { ...options, composite })).map((each) => each.relevance);
    const size = maps[0]!.data.length;
    const data = new Float32Array(maps.length * size);
    for (const [index, map] of maps.entries()) data.set(map.data, index * size);
    return { shape: [maps.length, ...maps[0]!.shape], data };
  };
}

/** The logit of the predicted class, [1,17], while the most relevant patches of 16×16 become their channel's mean. */
async function flipped(model: Model, { shape, data }: Tensor): Promise<Tensor> {
  const [image, side, steps] = [{ shape: shape.slice(1), data }, 16, 16];
  const { relevance, target } = await model.explain(image, { saliency: false, composite: 'epsilon-plus' });
  const order = patchOrder(sumOverChannels(relevance), side);
  const inputs = [...perturbed(image, order, side, steps, replacementFor(image, 'mean', side, 0))];
  const answers = await model.predict(inputs, { top: 1, batch: 8 });
  return {
    shape: [1, inputs.length],
    data: Float32Array.from(answers, ({ logits }) => logits.data[target.class!.index]!),
  };
}

const models = new Map<string, Model>();

const { deno, node } = process.versions;
const engine = deno === undefined ? `Node ${node}` : `Deno ${deno}`;
await serve(`${description}, ${engine}`, async ({ model: path, program: name, batch, input }) => {
  device.opened ??= await openDevice(choice, options);
  const { shape, data } = readNpy(await readFile(input), input);
  if (path === undefined) {
    const executable = await device.opened.prepare(saliencyProgram([1, ...shape], { input: 'paper' }));
    return { run: async () => (await executable.run(new Map([['map', data]]))).outputs.get('salient')! };
  }
  const model = models.get(path) ?? (await loadModel(device.opened, path));
  models.set(path, model);
  const explained = explaining(model, name);
  if (explained !== undefined) return { run: () => explained({ shape, data }) };
  const graph = await model.graph(batch);
  const forward = name === 'forward';
  const executable = await device.opened.prepare(forward ? forwardProgram(graph) : relevanceProgram(graph, name));
  const given = new Map([[graph.inputs[0]!.name, data]]);
  const output = forward ? graph.outputs[0]!.name : 'relevance';
  return { run: async () => (await executable.run(given)).outputs.get(output)! };
});
