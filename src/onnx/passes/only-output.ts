import { SalientError } from '../../error.ts';
import type { ProtoModel, ProtoNode, ProtoValue } from '../proto.ts';
import { storedTypeOf } from '../tensor-proto.ts';

/** A model with one output, and what stood against others. */
export interface OnlyOutput {
  readonly model: ProtoModel;
  /** Which output it is and why, for people; absent where there is no other. */
  readonly chosen?: string;
}

/** Operators that may follow class scores. */
const AFTER_SCORES = new Set(['Identity', 'Cast', 'Dropout', 'Reshape', 'Squeeze', 'Unsqueeze', 'Flatten', 'Clip']);
const PROBABILITIES = new Set(['Softmax', 'LogSoftmax', 'Sigmoid']);
/** Operators that end a classifier. */
const LAST_LAYERS = new Set(['Gemm', 'MatMul', 'Add']);

/**
 * The model with one of its outputs, and only the nodes and inputs that this needs.
 * @param name the output; without it the one that looks most like class scores
 * @throws SalientError 'bad-argument' where there is no output of this name
 */
export function withOnlyOutput(model: ProtoModel, name: string | undefined): OnlyOutput {
  const { outputs } = model.graph;
  const list = outputs.map((output) => `"${output.name}"`).join(', ');
  const makers = new Map(model.graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  if (name !== undefined) {
    const output = outputs.find((one) => one.name === name);
    if (output === undefined) {
      throw new SalientError('bad-argument', `there is no output "${name}"; the model's outputs are ${list}`);
    }
    const chosen = outputs.length > 1 ? { chosen: `output "${name}" of ${list}, as asked` } : {};
    return { model: reduced(model, output, makers), ...chosen };
  }
  const [first] = outputs;
  if (first === undefined) return { model };
  if (outputs.length === 1) return { model: reduced(model, first, makers) };
  const points = outputs.map((output) => likeness(output, makers));
  const best = outputs[points.indexOf(Math.max(...points))]!;
  const chosen = `output "${best.name}" of ${list}, which looks most like class scores (another: --output)`;
  return { model: reduced(model, best, makers), chosen };
}

/** How much an output looks like class scores [N,K]; equal ones stay in the file's order. */
function likeness({ name, dataType, shape }: ProtoValue, makers: ReadonlyMap<string, ProtoNode>): number {
  const type = dataType === 0 ? 'float32' : storedTypeOf(dataType);
  if (type === undefined || !type.startsWith('float')) return -1;
  let node = makers.get(name);
  let points = 0;
  for (const seen = new Set<ProtoNode>(); node !== undefined && !seen.has(node); node = makers.get(node.inputs[0]!)) {
    seen.add(node);
    if (PROBABILITIES.has(node.op)) points += 3;
    else if (!AFTER_SCORES.has(node.op)) break;
  }
  if (node !== undefined && LAST_LAYERS.has(node.op)) points += 2;
  const isVector = shape !== undefined && shape.length >= 2 && shape.slice(2).every((extent) => extent === 1);
  return isVector ? points + 4 : points;
}

function reduced(model: ProtoModel, output: ProtoValue, makers: ReadonlyMap<string, ProtoNode>): ProtoModel {
  const { graph } = model;
  const needed = new Set<ProtoNode>();
  const values = new Set([output.name]);
  // A set is walked in the order of insertion, what is added on the way included.
  for (const value of values) {
    const node = makers.get(value);
    if (node === undefined || needed.has(node)) continue;
    needed.add(node);
    for (const input of node.inputs) values.add(input);
  }
  const inputs = graph.inputs.filter((input) => values.has(input.name));
  return {
    ...model,
    graph: {
      ...graph,
      outputs: [output],
      nodes: graph.nodes.filter((node) => needed.has(node)),
      // An output that no input reaches is refused later on, with all inputs there.
      inputs: inputs.length > 0 ? inputs : graph.inputs,
    },
  };
}
