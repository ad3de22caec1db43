import { SalientError } from '../error.ts';
import type { Graph, GraphNode, GraphOp, GraphValue } from '../graph/graph.ts';
import type { TensorSource } from '../tensor/source.ts';
import { formatShape, type Shape } from '../tensor/tensor.ts';
import type { Turns } from '../tensor/turns.ts';
import type { GraphBuilder } from './builder.ts';
import { mergeChannelMaps } from './merge.ts';
import { fuseFunctions } from './passes/fuse-functions.ts';
import { movePastTransposes } from './passes/past-transposes.ts';
import { dropUndoneReshapes } from './passes/undone-reshapes.ts';
import type { ProtoModel } from './proto.ts';

/** The graph of what the file's nodes have become: outputs named as in the file, channel maps merged, the unused gone. */
export async function finishGraph(
  model: ProtoModel,
  builder: GraphBuilder,
  inputs: readonly GraphValue[],
  turns: Turns,
): Promise<Graph> {
  const outputs = model.graph.outputs.map(({ name }) => name);
  nameOutputs(builder, outputs);
  await turns.next();
  const kept = new Set(outputs);
  fuseFunctions(builder, kept);
  await turns.next();
  dropUndoneReshapes(builder, kept);
  await turns.next();
  movePastTransposes(
    builder,
    inputs.map(({ name }) => name),
    kept,
  );
  await turns.next();
  const merged = mergeChannelMaps(builder.nodes, builder, kept);
  await turns.next();
  const nodes = withoutUnused(merged, outputs);
  for (const node of nodes) refuseConstantOperands(node, builder);
  refuseMixedBatch(model, builder);
  await turns.next();

  const values = new Set([...inputs.map(({ name }) => name), ...outputs]);
  for (const name of nodes.flatMap((node) => [...node.inputs, ...node.outputs])) values.add(name);
  const shapes = new Map<string, Shape>();
  const constants = new Map<string, TensorSource>();
  for (const name of values) {
    shapes.set(name, builder.shapes.get(name)!);
    const source = builder.constant(name);
    if (source) constants.set(name, source);
  }
  return {
    name: model.graph.name,
    inputs,
    outputs: outputs.map((name) => ({ name, shape: shapes.get(name)! })),
    nodes,
    constants,
    shapes,
  };
}

/** Outputs that Identity or Dropout gave get their names back: from the node before, or else by a Reshape. */
function nameOutputs(builder: GraphBuilder, outputs: readonly string[]): void {
  const made = new Set<string>();
  for (const node of builder.nodes) for (const name of node.outputs) made.add(name);
  const named = new Set(outputs);
  const renamed = new Map<string, string>();
  for (const output of named) {
    const origin = builder.resolve(output);
    if (origin === output) continue;
    if (made.has(origin) && !named.has(origin) && !renamed.has(origin)) {
      renamed.set(origin, output);
      continue;
    }
    const inputs = [renamed.get(origin) ?? origin];
    builder.add(output, { op: 'Reshape', inputs, outputs: [output] }, [builder.shapes.get(origin)!]);
  }
  builder.rename(renamed);
}

function withoutUnused(nodes: readonly GraphNode[], outputs: readonly string[]): GraphNode[] {
  const needed = new Set(outputs);
  return nodes
    .toReversed()
    .filter((node) => {
      if (!node.outputs.some((name) => needed.has(name))) return false;
      for (const name of node.inputs) needed.add(name);
      return true;
    })
    .toReversed();
}

/** Operators whose further inputs are constants. */
const TAKE_WEIGHTS: ReadonlySet<GraphOp> = new Set(['Conv', 'Dense', 'Affine', 'LayerNorm', 'Resize']);

/** Add, Mul and Concat take constants for any operand; everything else works on computed values. */
function refuseConstantOperands(node: GraphNode, builder: GraphBuilder): void {
  const operands = TAKE_WEIGHTS.has(node.op) ? node.inputs.slice(0, 1) : node.inputs;
  if (node.op === 'Add' || node.op === 'Mul' || node.op === 'Concat') return;
  const constant = operands.find((name) => builder.isConstant(name));
  if (constant === undefined) return;
  throw new SalientError(
    'unsupported',
    `node "${node.name}" (${node.op}): its operand "${constant}" is constant, but must depend on the input; simplify the model (fold its constants)`,
  );
}

/** Where the caller changed a fixed batch, each output must have changed with it, and in nothing else. */
function refuseMixedBatch(model: ProtoModel, builder: GraphBuilder): void {
  const { rebatch } = builder;
  if (rebatch === undefined || rebatch.isOpen) return;
  for (const { name, shape: stated } of model.graph.outputs) {
    const shape = builder.shapes.get(name)!;
    if (shape[0] === rebatch.to && (typeof stated?.[0] !== 'number' || stated.length === shape.length)) continue;
    throw new SalientError(
      'shape-mismatch',
      `with a batch of ${rebatch.to} the output "${name}" would be ${formatShape(shape)}: the model mixes its batch of ${rebatch.from} with other axes; open it with that batch`,
    );
  }
}
