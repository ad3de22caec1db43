import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'uvu';
import { parseModel } from '../../src/onnx/index.ts';
import { elementCount } from '../../src/tensor/tensor.ts';
import { assertRelative } from '../support/assert.ts';
import { fixtures, repositoryRoot } from '../support/paths.ts';
import { randomNumbers } from '../support/random.ts';
import { runGraph } from '../support/run-graph.ts';

/** The part of onnxruntime-node that is used; its own types are only there once test/ is installed. */
interface Runtime {
  readonly InferenceSession: { create(path: string, options: { logSeverityLevel: number }): Promise<Session> };
  readonly Tensor: new (type: 'float32', data: Float32Array, shape: readonly number[]) => object;
}

interface Session {
  run(inputs: Record<string, object>): Promise<Record<string, { readonly data: Float32Array }>>;
}

const ERRORS_ONLY = { logSeverityLevel: 3 };

for (const name of ['mnist-8', 'squeezenet1.1', 'bvlc_googlenet']) {
  test(`${name} gives onnxruntime's numbers`, async () => {
    if (fixtures === undefined) {
      console.log('fixtures not present');
      return;
    }
    const require = createRequire(`${repositoryRoot}test/package.json`);
    const { InferenceSession, Tensor } = require('onnxruntime-node') as Runtime;
    const path = `${fixtures}/models/${name}.onnx`;
    const graph = await parseModel(readFileSync(path));
    const { name: inputName, shape } = graph.inputs[0]!;
    const input = randomNumbers(elementCount(shape), 5).map((value) => 60 * value);
    const session = await InferenceSession.create(path, ERRORS_ONLY);
    const expected = await session.run({ [inputName]: new Tensor('float32', input, shape) });
    const actual = await runGraph(graph, new Map([[inputName, input]]));
    for (const { name: output } of graph.outputs) {
      assertRelative(actual.get(output)!.data, expected[output]!.data, 1e-4, output);
    }
  });
}

test.run();
