import type { GraphNode } from '../../graph/graph.ts';
import { elementCount, type Shape, sameShape } from '../../tensor/tensor.ts';
import type { GraphBuilder } from '../builder.ts';
import { renamed, transposed } from '../constants.ts';

/** A node that can as well follow a Transpose of its output. */
type Movable = Extract<GraphNode, { op: 'Add' | 'Mul' | 'Pad' }>;

/** Operators that only move numbers. */
const EARLY: ReadonlySet<string> = new Set(['Transpose', 'Reshape', 'Concat', 'Split']);

/**
 * Moves sums and products with constants, and pads, that stand at the network's input behind the Transpose (or, with one
 * number, the Reshape) that alone reads them. Files of channels-last networks normalise their input before they bring it
 * into [N,C,H,W]; afterwards the constants lie along axis 1, where `mergeChannelMaps` finds them.
 *
 * @param inputs the graph's inputs
 * @param outputs the graph's outputs, which keep their shapes
 */
export function movePastTransposes(
  builder: GraphBuilder,
  inputs: readonly string[],
  outputs: ReadonlySet<string>,
): void {
  const { nodes } = builder;
  const reads = new Map<string, number>();
  for (const name of nodes.flatMap((node) => node.inputs)) reads.set(name, (reads.get(name) ?? 0) + 1);
  /** Values that only nodes of these kinds separate from an input; elsewhere a layer may take the constants in. */
  const early = new Set(inputs);
  const makers = new Map<string, number>();
  for (let index = 0; index < nodes.length; index++) {
    const { op } = nodes[index]!;
    if (op === 'Transpose' || op === 'Reshape') {
      // Each step brings the Transpose one node nearer to the input.
      let at: number | undefined = index;
      while (at !== undefined) {
        const last: GraphNode = nodes[at]!;
        const value = last.inputs[0]!;
        const maker = makers.get(value);
        const first: GraphNode | undefined = maker === undefined ? undefined : nodes[maker];
        const isAlone = isMovable(first) && early.has(value) && reads.get(value) === 1 && !outputs.has(value);
        const moved = isAlone ? swapped(first, last, builder) : undefined;
        if (moved === undefined) break;
        [nodes[maker!], nodes[at]] = moved;
        early.add(moved[0].outputs[0]!);
        at = maker;
      }
    }
    const node = nodes[index]!;
    const isEarly = isMovable(node) || EARLY.has(node.op);
    for (const output of node.outputs) {
      makers.set(output, index);
      if (isEarly && node.inputs.every((input) => early.has(input) || builder.isConstant(input))) early.add(output);
    }
  }
}

function isMovable(node: GraphNode | undefined): node is Movable {
  return node?.op === 'Add' || node?.op === 'Mul' || node?.op === 'Pad';
}

/** The two nodes in the other order; `undefined` where that is not the same. */
function swapped(first: Movable, last: GraphNode, builder: GraphBuilder): [GraphNode, GraphNode] | undefined {
  const x = first.inputs.find((name) => !builder.isConstant(name));
  if (x === undefined || (last.op !== 'Transpose' && last.op !== 'Reshape')) return undefined;
  const shape = builder.shapes.get(x)!;
  const [output] = last.outputs as [string];
  const middle = builder.freshValue(`${output}/before`);
  const setMiddle = (extents: Shape): GraphNode => {
    builder.setShape(middle, extents, last.name);
    return { ...last, inputs: [x], outputs: [middle] };
  };
  if (first.op === 'Pad') {
    if (last.op === 'Reshape') return undefined;
    const order = [...last.permutation, ...last.permutation.map((axis) => axis + shape.length)];
    const pads = order.map((axis) => first.pads[axis]!);
    const before = setMiddle(last.permutation.map((axis) => shape[axis]!));
    return [before, { ...first, pads, inputs: [middle], outputs: [output] }];
  }
  const constant = first.inputs.find((name) => builder.isConstant(name));
  if (constant === undefined || first.inputs.length !== 2) return undefined;
  if (!sameShape(shape, builder.shapes.get(first.outputs[0]!)!)) return undefined;
  const source = builder.constant(constant)!;
  const name = builder.freshValue(`${constant}/moved`);
  if (last.op === 'Reshape') {
    if (elementCount(source.shape) !== 1) return undefined;
    builder.setConstant(name, [], renamed(source, name, []));
    return [setMiddle(builder.shapes.get(output)!), { ...first, inputs: [middle, name], outputs: [output] }];
  }
  const full = [...new Array<number>(shape.length - source.shape.length).fill(1), ...source.shape];
  const recipe = builder.origins.recipe(`"${name}" (${builder.originOf(constant)} by ${last.permutation})`);
  const moved = builder.origins.made(recipe, () => transposed(renamed(source, name, full), name, last.permutation));
  builder.setConstant(name, moved.shape, moved);
  const before = setMiddle(last.permutation.map((axis) => shape[axis]!));
  return [before, { ...first, inputs: [middle, name], outputs: [output] }];
}
