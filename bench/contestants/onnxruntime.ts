/** onnxruntime as a contestant: `onnxruntime.js web|node PROVIDER THREADS`. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { readNpy } from '../../src/tensor/npy.ts';
import type { Ort } from '../ort.ts';
import { repositoryRoot } from '../paths.ts';
import { serve } from '../serve.ts';

const [variant, provider, threads] = process.argv.slice(2) as ['web' | 'node', string, string];
const folder = variant === 'web' ? 'bench' : 'test';
const path = createRequire(`${repositoryRoot}${folder}/package.json`).resolve(`onnxruntime-${variant}`);
const module = (await import(pathToFileURL(path).href)) as Ort & { readonly default?: Ort };
const ort = module.default ?? module;
if (variant === 'web') ort.env.wasm.numThreads = Number(threads);

await serve(`onnxruntime-${variant} ${ort.env.versions.common}, ${provider}`, async ({ model, input }) => {
  const { shape, data } = readNpy(await readFile(input), input);
  const session = await ort.InferenceSession.create(model!, {
    executionProviders: [provider],
    intraOpNumThreads: Number(threads),
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
  });
  const feeds = { [session.inputNames[0]!]: new ort.Tensor('float32', Float32Array.from(data), shape) };
  return {
    async run() {
      const result = (await session.run(feeds))[session.outputNames[0]!]!;
      return { shape: result.dims, data: result.data };
    },
  };
});
