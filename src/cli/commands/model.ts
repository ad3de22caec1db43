import { join } from 'node:path';
import { SalientError } from '../../error.ts';
import { forwardProgram } from '../../forward/program.ts';
import { readForExplaining } from '../../model/reading.ts';
import { readModelFile } from '../../onnx/files.ts';
import { describeModel, parseModel, readTensorProto } from '../../onnx/index.ts';
import { loadWriter } from '../../onnx/load-writer.ts';
import { SYNTHETIC_MODELS, syntheticModel } from '../../onnx/synthetic.ts';
import { readNpy, writeNpy } from '../../tensor/npy.ts';
import { readNumbers, sourceOf, type TensorSource } from '../../tensor/source.ts';
import { formatShape, type Tensor } from '../../tensor/tensor.ts';
import { type Command, type CommandContext, parseWords } from '../command.ts';
import { list, pull, remove } from '../model-cache.ts';
import { namedModel } from '../model-path.ts';
import { tryPreprocessing } from '../model-try.ts';
import { DEVICE_OPTIONS, deviceFrom } from '../options/device.ts';
import { NETWORK_OPTIONS, networkFrom } from '../options/network.ts';
import { safeName } from '../output/explain-output.ts';
import { writeFileAtomically } from '../output/files.ts';
import { printJson, printLine } from '../output/print.ts';
import { ProgressBar } from '../output/progress.ts';
import { readInput } from '../read.ts';

const HELP = `usage: salient model inspect FILE [--output NAME] [--input-shape N,C,H,W]
       salient model try FILE PHOTO [--labels FILE] [--choose N --write COPY.onnx]
       salient model run FILE --input A.npy|A.pb [B ...] [--out DIR] [--device auto|webgpu|wasm|reference]
           [--threads N]
       salient model make ${SYNTHETIC_MODELS.join('|')} --out FILE.onnx
       salient model list
       salient model pull|remove NAME...

  inspect   what is in an ONNX file: operators, inputs, outputs, layers; what an explanation would explain
  try       the answer to a photograph under every usual preprocessing, the most confident first; with --choose a copy
            of the file is written that says its preprocessing itself
  run       runs any ONNX file on tensors (.npy, or an ONNX TensorProto .pb), in the order of the graph's inputs, and
            writes every output as DIR/0.NAME.npy, DIR/1.NAME.npy, …
  make      writes a full-size network with synthetic weights, the same bits everywhere
  list      networks that are known by name: size, preprocessing, which are here
  pull      downloads known networks into the cache folder (SALIENT_CACHE; a broken download goes on where it was; size
            and SHA-256 checked), so that --model NAME finds them; SALIENT_MIRROR and HTTPS_PROXY are heeded
  remove    removes them from the cache folder

  --json    output for machines`;

export const command: Command = {
  summary: {
    'model inspect FILE': 'what is in an ONNX file',
    'model try FILE PHOTO': 'how a network wants its photographs: its answer under every usual preprocessing',
    'model run FILE': 'run an ONNX file on tensors',
    'model make NAME': 'write a full-size network with reproducible synthetic weights',
    'model list': 'networks that are known by name',
    'model pull NAME': 'download a network that is known by name',
  },
  help: HELP,
  run,
};

async function run(words: string[], context: CommandContext): Promise<void> {
  const [action, ...rest] = words;
  switch (action) {
    case 'inspect':
      return inspect(rest);
    case 'try':
      return tryPreprocessing(rest, context);
    case 'run':
      return runModel(rest, context);
    case 'make':
      return make(rest);
    case 'list':
      return list(rest);
    case 'pull':
      return pull(rest, context);
    case 'remove':
      return remove(rest);
    default:
      throw new SalientError(
        'bad-argument',
        `${action === undefined ? 'an action is missing' : `there is no action "${action}"`}; choose inspect, try, run, make, list, pull or remove (\`salient model --help\`)`,
      );
  }
}

async function inspect(words: string[]): Promise<void> {
  const { values, positionals } = parseWords(words, NETWORK_OPTIONS, 'model');
  const { path } = await namedModel(onlyOne(positionals, 'a model file'));
  const network = networkFrom(values);
  const { bytes, readExternal } = await readModelFile(path);
  const description = describeModel(bytes);
  const { graph, logits } = await readForExplaining(bytes, { readExternal, ...network }).catch((cause: unknown) => {
    if (description.unsupported.length === 0) throw cause;
    if (values.json) printJson({ file: path, ...description });
    else for (const line of descriptionLines(path, description)) printLine(line);
    throw new SalientError(
      'unsupported',
      `"${path}" uses ${description.unsupported.join(', ')}, which cannot be run; export the network without them`,
      { cause },
    );
  });
  const layers = graph.nodes.map(({ name, op, inputs, outputs }) => ({
    name,
    op,
    inputs: inputs.filter((input) => !graph.constants.has(input)),
    shape: graph.shapes.get(outputs[0]!)!,
    weights: inputs.filter((input) => graph.constants.has(input)).map((input) => formatShape(graph.shapes.get(input)!)),
  }));
  if (values.json) {
    printJson({ file: path, ...description, logits, layers });
    return;
  }
  for (const line of descriptionLines(path, description)) printLine(line);
  printLine(`  explained   ${logits.reason}`);
  const size = graph.openPlane && !network.inputShape ? `, for an input of ${formatShape(graph.inputs[0]!.shape)}` : '';
  console.log(`\nlayers, as they run${size}:`);
  for (const { name, op, shape, weights } of layers) {
    printLine(`  ${name.padEnd(36)} ${op.padEnd(12)} ${formatShape(shape).padEnd(16)} ${weights.join(', ')}`);
  }
}

function descriptionLines(path: string, model: ReturnType<typeof describeModel>): string[] {
  const sets = Object.entries(model.operatorSets).map(([domain, version]) => `${domain || 'ai.onnx'} ${version}`);
  const shape = (extents: readonly (number | string)[] | undefined) => extents?.join('×') ?? 'unknown shape';
  const values = (all: typeof model.inputs) => all.map((v) => `${v.name} ${v.type} ${shape(v.shape)}`).join(', ');
  return [
    `${path}: ${model.name || 'unnamed'}`,
    `  made by     ${model.producer || 'unknown'}, IR ${model.irVersion}, operator sets ${sets.join(', ')}`,
    `  inputs      ${values(model.inputs)}`,
    `  outputs     ${values(model.outputs)}`,
    `  parameters  ${model.parameters.toLocaleString('en')} (${(model.parameterBytes / 2 ** 20).toFixed(1)} MiB)`,
    `  operators   ${Object.entries(model.operators)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ')}`,
    ...Object.entries(model.metadata).map(([key, value]) => `  ${key}: ${value}`),
  ];
}

async function runModel(words: string[], { signal }: CommandContext): Promise<void> {
  const options = {
    input: { type: 'string', multiple: true },
    out: { type: 'string' },
    ...DEVICE_OPTIONS,
  } as const;
  const { values, positionals } = parseWords(words, options, 'model');
  const path = positionals.find((word) => word.endsWith('.onnx')) ?? positionals[0];
  if (path === undefined) throw new SalientError('bad-argument', 'there is no model file; see `salient model --help`');
  const { bytes, readExternal } = await readModelFile(path);
  const inputPaths = [...(values.input ?? []), ...positionals.filter((word) => word !== path)];
  const { inputs: declared, outputs: declaredOutputs } = describeModel(bytes);
  const outputTypes = new Map(declaredOutputs.map((output) => [output.name, output.type]));
  if (inputPaths.length !== declared.length) {
    throw new SalientError(
      'bad-argument',
      `"${path}" takes ${declared.length} inputs (${declared.map(({ name }) => name).join(', ')}), found ${inputPaths.length}; give them with --input, in this order`,
    );
  }
  const inputs = await Promise.all(inputPaths.map(readTensor));
  const constants: Record<string, TensorSource> = {};
  const inputShapes: Record<string, readonly number[]> = {};
  const data = new Map<string, Tensor['data']>();
  for (const [index, { name, type }] of declared.entries()) {
    const tensor = inputs[index]!;
    // Only the first input is data that comes with each run. Weights, shapes, axes and bounds, which a file may leave to
    // its user too, decide the plan and must be known before it is made.
    if (index > 0) constants[name] = asSource(name, tensor, type);
    else {
      inputShapes[name] = tensor.shape;
      data.set(name, tensor.data);
    }
  }
  const graph = await parseModel(bytes, { inputShapes, constants, readExternal });
  using device = await deviceFrom(values);
  using executable = await device.prepare(forwardProgram(graph), { signal });
  const bar = new ProgressBar();
  const { outputs } = await executable.run(data, { signal, onProgress: bar.update });
  bar.clear();
  const written: { name: string; shape: readonly number[]; file: string }[] = [];
  for (const [index, { name }] of graph.outputs.entries()) {
    const { shape, data: numbers } = outputs.get(name)!;
    const file = join(values.out ?? 'out', `${index}.${safeName(name)}.npy`);
    const wide = outputTypes.get(name) === 'float64';
    await writeFileAtomically(file, writeNpy({ shape, data: wide ? numbers : Float32Array.from(numbers) }));
    written.push({ name, shape, file });
  }
  if (values.json) printJson({ device: device.description, outputs: written });
  else for (const { name, shape, file } of written) printLine(`${name} ${formatShape(shape)}: wrote ${file}`);
}

async function readTensor(path: string): Promise<Tensor> {
  const bytes = await readInput(path);
  if (!path.endsWith('.pb')) return readNpy(bytes, `"${path}"`);
  const source = readTensorProto(bytes);
  return { shape: source.shape, data: Float64Array.from(readNumbers(source)) };
}

/** A tensor as a constant of the model's own element type. */
function asSource(name: string, { shape, data }: Tensor, type: string): TensorSource {
  if (type === 'int64') {
    const bytes = new Uint8Array(BigInt64Array.from(data, (value) => BigInt(value)).buffer);
    return { name, shape, type, bytes };
  }
  if (type === 'float64') return { name, shape, type, bytes: new Uint8Array(Float64Array.from(data).buffer) };
  return sourceOf(name, shape, Float32Array.from(data));
}

async function make(words: string[]): Promise<void> {
  const { values, positionals } = parseWords(words, { out: { type: 'string' } }, 'model');
  const word = onlyOne(positionals, 'a name');
  const name = SYNTHETIC_MODELS.find((known) => known === word);
  if (name === undefined) {
    throw new SalientError(
      'bad-argument',
      `there is no network "${word}" to make; choose one of ${SYNTHETIC_MODELS.join(', ')}`,
    );
  }
  const { out, json } = values;
  if (out === undefined)
    throw new SalientError('bad-argument', `--out is missing; give the file, as --out ${name}.onnx`);
  const { encodeModel } = await loadWriter();
  await writeFileAtomically(out, encodeModel(syntheticModel(name)));
  console.log(json ? JSON.stringify({ name, file: out }) : `wrote ${out}`);
}

function onlyOne(words: readonly string[], what: string): string {
  const [word, ...others] = words;
  if (word !== undefined && others.length === 0) return word;
  throw new SalientError(
    'bad-argument',
    `expected ${what}, found ${words.length} of them; see \`salient model --help\``,
  );
}
