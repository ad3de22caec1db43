import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Ort } from '../../bench/ort.ts';
import { writeFileAtomically } from '../../src/cli/output/files.ts';
import { runScript } from '../../src/cli/run-program.ts';
import { SalientError } from '../../src/error.ts';
import { forwardProgram } from '../../src/forward/program.ts';
import { loadModel, openDevice, type Tensor } from '../../src/index.ts';
import { markdownTable } from '../../src/measure/report.ts';
import { readNpy } from '../../src/tensor/npy.ts';
import { elementCount } from '../../src/tensor/tensor.ts';

/*
 * `npm run zoo -- FOLDER`: which networks open, agree with onnxruntime, and are explained, and how right that is. The
 * folder is what export.py wrote; where zennit_relevance.py ran too, relevance is compared with zennit's.
 */

const HELP = `usage: npm run zoo -- FOLDER [NAME ...] [--write FILE]

For each ONNX network of FOLDER (models/zoo/export.py writes it): does it open, does its forward pass give
onnxruntime's numbers, is it explained, and how far is the relevance from zennit's (models/zoo/zennit_relevance.py).
Needs onnxruntime-node, which \`npm test\` installs.

--write FILE   writes the table as Markdown, with what its columns mean`;

const MEANING = `# Which networks work
torchvision's networks with random weights, made by \`models/zoo/export.py\`; the table by \`npm run zoo -- FOLDER --write docs/zoo.md\` on the wasm device.

- forward error: largest difference from onnxruntime's output over its largest number; over 1e-4 is ❌.
- explains: relevance of the predicted class (of the largest number where the output is spatial) by \`epsilon-plus\`, without an SR map; times are of a second run, on a machine that did other things besides.
- conservation: what of the start neither arrived at the input nor was kept by a bias or a stabilizer, over the start. Softmax inside a network (attention) does not conserve by its rule ([lrp.md](lrp.md)), so transformers show large numbers here.
- zennit: largest difference from zennit's relevance in float64 (\`models/zoo/zennit_relevance.py\`) over its largest number, where zennit has a canonizer. The device computes in float32, and relevance is ill-conditioned where a layer's output comes near zero.
- autograd: largest difference from PyTorch's gradient, guided backpropagation and deconvnet in float64 (\`models/zoo/torch_methods.py\`) over the map's largest number.

`;

const OPTIONS = { write: { type: 'string' }, one: { type: 'boolean', default: false } } as const;

/** What is known of one network; errors are one line. */
interface Row {
  readonly name: string;
  readonly nodes?: number;
  readonly forwardError?: number;
  readonly forwardMs?: number;
  readonly conservation?: number;
  readonly relevanceError?: number;
  /** Of {@link GRADIENTS}. */
  readonly gradientErrors?: readonly number[];
  readonly explainMs?: number;
  readonly failed?: string;
}

const GRADIENTS = ['gradient', 'guided-backprop', 'deconvnet'] as const;

/** Largest difference over the largest reference value. */
function relativeError(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  let most = 0;
  let largest = 0;
  for (let index = 0; index < expected.length; index++) {
    most = Math.max(most, Math.abs(found[index]! - expected[index]!));
    largest = Math.max(largest, Math.abs(expected[index]!));
  }
  return found.length === expected.length ? most / largest : Number.POSITIVE_INFINITY;
}

async function examine(folder: string, name: string): Promise<Row> {
  let row: Row = { name };
  try {
    const path = `${folder}/${name}.onnx`;
    const input: Tensor = readNpy(readFileSync(`${folder}/${name}.input.npy`));
    using device = await openDevice('wasm');
    using model = await loadModel(device, path);
    const graph = await model.graph();
    row = { ...row, nodes: graph.nodes.length };
    const require = createRequire(fileURLToPath(new URL('../../../test/package.json', import.meta.url)));
    const ort = require('onnxruntime-node') as Ort;
    const session = await ort.InferenceSession.create(path, { logSeverityLevel: 3 });
    const data = Float32Array.from(input.data);
    const expected = await session.run({ [session.inputNames[0]!]: new ort.Tensor('float32', data, input.shape) });
    {
      using executable = await device.prepare(forwardProgram(graph));
      const given = new Map([[graph.inputs[0]!.name, data]]);
      await executable.run(given);
      const started = performance.now();
      const { outputs } = await executable.run(given);
      row = { ...row, forwardMs: performance.now() - started };
      const errors = graph.outputs.map(({ name: output }) =>
        relativeError(outputs.get(output)!.data, expected[output]!.data),
      );
      row = { ...row, forwardError: Math.max(...errors) };
    }
    const options = { saliency: false } as const;
    await model.explain(input, options);
    const started = performance.now();
    const { relevance, target, layers } = await model.explain(input, options);
    row = { ...row, explainMs: performance.now() - started };
    const kept = layers.reduce((sum, { bias, stabilizer }) => sum + bias + stabilizer, 0);
    const arrived = Float64Array.from(relevance.data).reduce((sum, value) => sum + value, 0);
    row = { ...row, conservation: Math.abs(target.start - arrived - kept) / Math.abs(target.start) };
    const reference = `${folder}/${name}.relevance.npy`;
    if (existsSync(reference)) {
      const { data: known, shape } = readNpy(readFileSync(reference));
      if (elementCount(shape) !== relevance.data.length) throw new Error('relevance of another shape');
      row = { ...row, relevanceError: relativeError(relevance.data, known) };
    }
    for (const method of GRADIENTS) {
      const file = `${folder}/${name}.${method}.npy`;
      if (!existsSync(file)) continue;
      const { relevance: map } = await model.explain(input, { ...options, method });
      const error = relativeError(map.data, readNpy(readFileSync(file)).data);
      row = { ...row, gradientErrors: [...(row.gradientErrors ?? []), error] };
    }
    return row;
  } catch (error) {
    return { ...row, failed: error instanceof Error ? error.message : String(error) };
  }
}

const exponential = (value: number | null | undefined) => value?.toExponential(1) ?? '';
const rounded = (value: number | undefined) => value?.toFixed(0) ?? '';

function table(rows: readonly Row[]): string {
  const lines = markdownTable(
    [
      'network',
      'nodes',
      'opens',
      'forward error',
      'forward ms',
      'explains',
      'explain ms',
      'conservation',
      'zennit',
      'autograd',
      'why not',
    ],
    rows.map((row) => [
      row.name,
      rounded(row.nodes),
      row.nodes === undefined ? '❌' : '✓',
      row.forwardError === undefined
        ? '❌'
        : `${row.forwardError <= 1e-4 ? '' : '❌ '}${exponential(row.forwardError)}`,
      rounded(row.forwardMs),
      row.explainMs === undefined ? '❌' : '✓',
      rounded(row.explainMs),
      exponential(row.conservation),
      exponential(row.relevanceError),
      row.gradientErrors?.map(exponential).join(', ') ?? '',
      (row.failed ?? '').replaceAll('|', '\\|').slice(0, 160),
    ]),
  );
  return `${lines.join('\n')}\n`;
}

await runScript({ help: HELP, options: OPTIONS, words: { least: 1, most: 100 } }, async ({ values, positionals }) => {
  const [folder, ...names] = positionals as [string, ...string[]];
  if (values.one) {
    console.log(JSON.stringify(await examine(folder, names[0]!)));
    return;
  }
  const all = readdirSync(folder)
    .filter((file) => file.endsWith('.onnx'))
    .map((file) => file.slice(0, -5));
  const wanted = names.length === 0 ? all.sort() : names;
  if (wanted.length === 0)
    throw new SalientError('bad-argument', `${folder} holds no .onnx file; run models/zoo/export.py first`);
  const rows: Row[] = [];
  for (const name of wanted) {
    // A process each: one network must not take the memory, or the life, of the next.
    const script = fileURLToPath(import.meta.url);
    const child = spawnSync(process.execPath, [script, '--one', folder, name], { encoding: 'utf8', timeout: 300_000 });
    const line = child.stdout.trim().split('\n').at(-1)!;
    const failed = child.stderr.trim().split('\n')[0] || 'took over 300 s';
    const row: Row = line.startsWith('{') ? JSON.parse(line) : { name, failed };
    rows.push(row);
    console.error(`${name}: ${row.failed ?? 'explained'}`);
  }
  const text = table(rows);
  process.stdout.write(text);
  if (values.write !== undefined) await writeFileAtomically(values.write, new TextEncoder().encode(MEANING + text));
});
