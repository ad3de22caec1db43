import type { GraphNode, GraphOp, NodeOf } from '../../graph/graph.ts';
import { readNumbers } from '../../tensor/source.ts';
import { elementCount } from '../../tensor/tensor.ts';
import type { GraphBuilder } from '../builder.ts';

/**
 * Puts together what exporters write in parts: GELU as x·(1 + erf(x/√2))/2, and layer normalisation as a quotient of
 * moments with a scale and a shift. One operator has one rule of relevance; its parts would have others.
 */
export function fuseFunctions(builder: GraphBuilder, outputs: ReadonlySet<string>): void {
  const view = new View(builder);
  builder.nodes.forEach((node, index) => {
    const fused = gelu(node, view) ?? layerNorm(node, view);
    if (fused !== undefined) view.replace(index, fused);
  });
  builder.nodes.forEach((node, index) => {
    const scaled = scaledNorm(node, view, outputs);
    if (scaled !== undefined) view.replace(index, scaled);
  });
}

/** The nodes as they are now, and who makes and reads each value. */
class View {
  readonly builder: GraphBuilder;
  readonly #makers = new Map<string, GraphNode>();
  readonly #readers = new Map<string, number>();

  constructor(builder: GraphBuilder) {
    this.builder = builder;
    for (const node of builder.nodes) {
      for (const name of node.outputs) this.#makers.set(name, node);
      for (const name of node.inputs) this.#readers.set(name, (this.#readers.get(name) ?? 0) + 1);
    }
  }

  replace(index: number, node: GraphNode): void {
    this.builder.nodes[index] = node;
    for (const name of node.outputs) this.#makers.set(name, node);
  }

  maker<Op extends GraphOp>(value: string | undefined, op: Op): NodeOf<Op> | undefined {
    const node = value === undefined ? undefined : this.#makers.get(value);
    return node?.op === op ? (node as NodeOf<Op>) : undefined;
  }

  isReadOnce(value: string): boolean {
    return this.#readers.get(value) === 1;
  }

  /** Whether a value is a constant of one number, this one. */
  is(value: string, number: number): boolean {
    const found = this.number(value);
    return found !== undefined && Math.abs(found - number) <= 1e-3 * Math.abs(number);
  }

  number(value: string): number | undefined {
    if (!this.builder.isConstant(value) || elementCount(this.builder.shapes.get(value)!) !== 1) return undefined;
    const [number] = readNumbers(this.builder.constant(value)!);
    return number;
  }

  /** The operand of a sum or product that is not the given one. */
  other(node: NodeOf<'Add' | 'Mul'> | undefined, match: (value: string) => boolean): string | undefined {
    if (node?.inputs.length !== 2) return undefined;
    const at = node.inputs.findIndex(match);
    return at < 0 ? undefined : node.inputs[1 - at];
  }
}

function gelu(node: GraphNode, view: View): GraphNode | undefined {
  if (node.op !== 'Mul') return undefined;
  // (x·(1 + erf))·½, or (x·½)·(1 + erf).
  const half = (value: string) => view.is(value, 0.5);
  const isSum = (value: string) => errorArgument(value, view) !== undefined;
  const inner = view.maker(view.other(node, half), 'Mul');
  const [product, x] =
    inner === undefined
      ? [node, view.other(view.maker(view.other(node, isSum), 'Mul'), half)]
      : [inner, view.other(inner, isSum)];
  const sum = product.inputs.find(isSum);
  if (sum === undefined || x === undefined || errorArgument(sum, view) !== x) return undefined;
  return { op: 'Elementwise', fn: { kind: 'gelu' }, name: node.name, inputs: [x], outputs: node.outputs };
}

/** The x of 1 + erf(x/√2). */
function errorArgument(value: string, view: View): string | undefined {
  const erf = view.maker(
    view.other(view.maker(value, 'Add'), (each) => view.is(each, 1)),
    'Elementwise',
  );
  if (erf?.fn.kind !== 'erf') return undefined;
  return view.other(view.maker(erf.inputs[0], 'Mul'), (each) => view.is(each, Math.SQRT1_2));
}

/** d·(1/√(mean(d²) + ε)), d = x − mean(x), without scale and shift. */
function layerNorm(node: GraphNode, view: View): GraphNode | undefined {
  if (node.op !== 'Mul' || node.signal !== 0) return undefined;
  const [centred, inverse] = node.inputs as [string, string];
  const root = view.maker(view.maker(inverse, 'Elementwise')?.inputs[0], 'Elementwise');
  if (root?.fn.kind !== 'sqrt') return undefined;
  const sum = view.maker(root.inputs[0], 'Add');
  const epsilon = sum?.inputs.map((each) => view.number(each)).find((each) => each !== undefined);
  const variance = view.maker(
    view.other(sum, (each) => view.number(each) !== undefined),
    'ReduceMean',
  );
  const square = view.maker(variance?.inputs[0], 'Elementwise');
  if (epsilon === undefined || square?.fn.kind !== 'power' || square.fn.exponent !== 2) return undefined;
  const x = centredValue(centred, view);
  if (x === undefined || centredValue(square.inputs[0]!, view)?.x !== x.x) return undefined;
  const rank = view.builder.shapes.get(x.x)!.length;
  const axis = rank - x.axes.length;
  const isTail = (axes: readonly number[]) => axes.length === rank - axis && axes.every((each) => each >= axis);
  if (!isTail(x.axes) || !isTail(variance!.axes)) return undefined;
  return { op: 'LayerNorm', axis, epsilon, name: node.name, inputs: [x.x], outputs: node.outputs };
}

/** The x of x − mean(x), and the axes of the mean. */
function centredValue(value: string, view: View): { readonly x: string; readonly axes: readonly number[] } | undefined {
  const sum = view.maker(value, 'Add');
  for (const [index, operand] of (sum?.inputs ?? []).entries()) {
    const negative = view.maker(operand, 'Mul');
    const mean = view.maker(
      view.other(negative, (each) => view.is(each, -1)),
      'ReduceMean',
    );
    if (mean !== undefined && mean.inputs[0] === sum!.inputs[1 - index]) return { x: mean.inputs[0]!, axes: mean.axes };
  }
  return undefined;
}

/** A scale and a shift behind a layer normalisation, with it. */
function scaledNorm(node: GraphNode, view: View, outputs: ReadonlySet<string>): GraphNode | undefined {
  if (node.op !== 'Add') return undefined;
  const { builder } = view;
  const shift = node.inputs.find((each) => builder.isConstant(each));
  const product = view.maker(
    view.other(node, (each) => each === shift),
    'Mul',
  );
  const scale = product?.inputs.find((each) => builder.isConstant(each));
  const norm = view.maker(
    view.other(product, (each) => each === scale),
    'LayerNorm',
  );
  if (shift === undefined || scale === undefined || norm === undefined || norm.inputs.length !== 1) return undefined;
  const between = [norm.outputs[0]!, product!.outputs[0]!];
  if (between.some((each) => outputs.has(each) || !view.isReadOnce(each))) return undefined;
  const rank = builder.shapes.get(norm.inputs[0]!)!.length;
  if (builder.shapes.get(node.outputs[0]!)!.length !== rank) return undefined;
  return { ...norm, inputs: [norm.inputs[0]!, scale, shift], outputs: node.outputs };
}
