import { SalientError } from '../error.ts';
import { type Forward, planeOf } from '../forward/forward.ts';
import type { Graph, GraphNode } from '../graph/graph.ts';
import { concat, padTranspose, slice, transpose } from '../kernels/arrange/operation.ts';
import { conv, convTranspose } from '../kernels/conv/operation.ts';
import { dense, denseTranspose } from '../kernels/dense/operation.ts';
import { add, broadcastTo, multiply, sumTo } from '../kernels/elementwise/operation.ts';
import { lrnTaylor } from '../kernels/lrn/operation.ts';
import { expandParts, sumParts } from '../kernels/parts/operation.ts';
import { averagePool, averagePoolTranspose, maxPoolTranspose } from '../kernels/pool/operation.ts';
import { type Quotient, type QuotientAttributes, quotient } from '../kernels/quotient/operation.ts';
import type { BufferId, ProgramBuilder } from '../tensor/program.ts';
import { sourceOf } from '../tensor/source.ts';
import { elementCount, type Shape, sameShape } from '../tensor/tensor.ts';
import { isOwnOutput, type RelevancePlan } from './analysis.ts';
import { Ledger } from './ledger.ts';
import type { RuleForm } from './rule.ts';

const NORM_EPSILON = 1e-6;

/** Where the reverse walk left its values. */
export interface Backward {
  /** Relevance of each value it reached, by the value's name. */
  readonly relevance: ReadonlyMap<string, BufferId>;
  readonly ledger: Ledger;
}

/**
 * Adds the reverse walk: from the relevance of the logits to that of every value they depend on. Definitions:
 * docs/lrp.md. Products of two activations are refused by node name. `channels` names, for some values [N,C,...], the
 * channels through which relevance may pass; what the others hold is dropped there.
 */
export function addBackward(
  builder: ProgramBuilder,
  graph: Graph,
  forward: Forward,
  plan: RelevancePlan,
  start: BufferId,
  channels: ReadonlyMap<string, readonly number[]> = new Map(),
): Backward {
  builder.phase = 'relevance';
  const walk = new ReverseWalk(builder, graph, forward, plan, channels);
  walk.give(plan.logits, start);
  for (const node of graph.nodes.toReversed()) {
    builder.layer = node.name;
    walk.visit(node);
  }
  for (const { name } of graph.inputs) walk.relevance(name);
  return { relevance: walk.totals, ledger: walk.ledger };
}

class ReverseWalk {
  readonly totals = new Map<string, BufferId>();
  readonly ledger: Ledger;
  /** Relevance that arrived at a value, one buffer per consumer. */
  readonly #arrived = new Map<string, BufferId[]>();
  readonly #builder: ProgramBuilder;
  readonly #graph: Graph;
  readonly #forward: Forward;
  readonly #plan: RelevancePlan;
  /** The quotient step of layers without weights. */
  readonly #norm: QuotientAttributes;

  readonly #channels: ReadonlyMap<string, readonly number[]>;

  constructor(
    builder: ProgramBuilder,
    graph: Graph,
    forward: Forward,
    plan: RelevancePlan,
    channels: ReadonlyMap<string, readonly number[]>,
  ) {
    this.#channels = channels;
    this.#builder = builder;
    this.#graph = graph;
    this.#forward = forward;
    this.#plan = plan;
    this.ledger = new Ledger(builder);
    const epsilon = plan.composite.normEpsilon ?? NORM_EPSILON;
    this.#norm = { scales: [1], stabilizer: { kind: 'absolute', epsilon }, groups: 1 };
  }

  /** Adds relevance to a value; constants take none. */
  give(value: string, relevance: BufferId): void {
    if (this.#graph.constants.has(value)) return;
    const arrived = this.#arrived.get(value);
    if (arrived) arrived.push(relevance);
    else this.#arrived.set(value, [relevance]);
  }

  /** All relevance that arrived at a value, once every consumer was visited. */
  relevance(value: string): BufferId | undefined {
    const known = this.totals.get(value);
    if (known !== undefined) return known;
    const [first, ...others] = this.#arrived.get(value) ?? [];
    if (first === undefined) return undefined;
    const arrived = others.length === 0 ? first : this.#builder.add(add(), [first, ...others]);
    const channels = this.#channels.get(value);
    const total = channels === undefined ? arrived : this.#onlyChannels(arrived, channels, this.#shape(value));
    this.totals.set(value, total);
    return total;
  }

  /** Relevance of some channels of axis 1 alone; zero elsewhere. */
  #onlyChannels(relevance: BufferId, channels: readonly number[], shape: Shape): BufferId {
    const mask = Float32Array.from({ length: shape[1]! }, (_, channel) => (channels.includes(channel) ? 1 : 0));
    const along = [1, mask.length, ...shape.slice(2).map(() => 1)];
    return this.#builder.add(multiply(), [relevance, this.#builder.constant(sourceOf('channels', along, mask))]);
  }

  visit(node: GraphNode): void {
    const outputs = node.outputs.map((output) => this.relevance(output));
    const relevance = outputs.find((buffer) => buffer !== undefined);
    if (relevance === undefined) return;
    const data = node.inputs.filter((input) => !this.#graph.constants.has(input));
    const [input] = data;
    if (input === undefined) return;
    const before = new Map(data.map((value) => [value, this.#arrived.get(value)?.length ?? 0]));
    const builder = this.#builder;
    const shape = this.#shape(input);
    switch (node.op) {
      case 'Conv':
      case 'Dense':
        this.#layer(node, relevance);
        break;
      case 'MaxPool':
        this.give(input, this.#maxPool(node, relevance));
        break;
      case 'AveragePool': {
        const divisor = node.countIncludePad ? 'padded' : 'inside';
        const pool = { window: node.window, output: planeOf(this.#shape(node.outputs[0]!)), divisor } as const;
        this.give(input, this.#normalised(relevance, this.#value(node.outputs[0]!), pool, input));
        break;
      }
      case 'ReduceMean': {
        const s = builder.add(quotient(this.#norm), [relevance, this.#value(node.outputs[0]!)]);
        const kept = shape.map((extent, axis) => (node.axes.includes(axis) ? 1 : extent));
        const factor = elementCount(kept) / elementCount(shape);
        const spread = builder.add(broadcastTo({ shape, factor }), [builder.alias(s, kept)]);
        this.give(input, builder.add(multiply(), [spread, this.#value(input)]));
        break;
      }
      case 'Add': {
        const s = builder.add(quotient(this.#norm), [relevance, this.#value(node.outputs[0]!)]);
        for (const summand of node.inputs) {
          if (this.#graph.constants.has(summand)) continue;
          const share = builder.add(multiply(), [s, this.#value(summand)]);
          this.give(summand, this.#reduced(share, this.#shape(summand)));
        }
        break;
      }
      case 'LRN': {
        const { size, alpha, beta, bias } = node;
        const taylor = this.#plan.composite.lrn === 'taylor';
        const operation = lrnTaylor({ size, alpha, beta, bias, epsilon: this.#norm.stabilizer.epsilon });
        this.give(input, taylor ? builder.add(operation, [this.#value(input), relevance]) : relevance);
        break;
      }
      case 'Mul':
        if (data.length > 1) this.#refuse(node);
        this.give(input, this.#reduced(relevance, shape));
        break;
      case 'MatMul':
        this.#refuse(node);
        break;
      case 'Relu':
      case 'LeakyRelu':
      case 'Clip':
      case 'Sigmoid':
      case 'Softmax':
      case 'Affine':
        this.give(input, relevance);
        break;
      case 'Concat':
        this.#concat(node.inputs, node.axis, relevance);
        break;
      case 'Split': {
        const parts = outputs.map((part, index) => part ?? this.#zeros(this.#shape(node.outputs[index]!)));
        this.give(input, builder.add(concat({ axis: node.axis }), parts));
        break;
      }
      case 'Pad': {
        const { mode, pads, value } = node;
        this.give(input, builder.add(padTranspose({ mode, pads, value, shape }), [relevance]));
        break;
      }
      case 'Reshape':
        this.give(input, builder.alias(relevance, shape));
        break;
      case 'Transpose': {
        const inverse = node.permutation.map((_, axis) => node.permutation.indexOf(axis));
        this.give(input, builder.add(transpose({ permutation: inverse }), [relevance]));
        break;
      }
    }
    if (node.op === 'Reshape') return;
    const given = data.flatMap((value) => (this.#arrived.get(value) ?? []).slice(before.get(value)));
    this.ledger.entry(
      node,
      outputs.filter((buffer) => buffer !== undefined),
      given,
    );
  }

  /** The four steps of a rule (see {@link RuleForm}) for a convolution or dense layer. */
  #layer(node: GraphNode & { op: 'Conv' | 'Dense' }, arriving: BufferId): void {
    const form = this.#plan.forms.get(node.name)!;
    const builder = this.#builder;
    const [input, weightName, biasName] = node.inputs as [string, string, string | undefined];
    const inputShape = this.#shape(input);
    const groups = node.op === 'Conv' ? node.groups : 1;
    const algorithm = node.op === 'Conv' && node.direct ? 'direct' : undefined;
    const { maps, scales, stabilizer, expansion } = form;
    // A dense layer on more than two axes is one on the rows of its last axis.
    const rows = (shape: Shape): Shape => [elementCount(shape.slice(0, -1)), shape.at(-1)!];
    const flat = (id: BufferId) => (node.op === 'Dense' ? builder.alias(id, rows(builder.shape(id))) : id);
    const relevance = flat(arriving);
    const a = flat(this.#value(input));
    const x = expansion === undefined ? a : builder.add(expandParts({ expansion, groups }), [a]);
    const weights = this.#value(weightName);
    const bias = form.bias && biasName !== undefined ? [this.#value(biasName)] : [];
    const own = this.#plan.ownOutput.get(node.name)!;

    let z: BufferId | undefined;
    let s: BufferId;
    const layer = (epilogue: 'none' | Quotient, last: BufferId[]) => {
      const attributes = { maps, bias: bias.length > 0, epilogue };
      const operation =
        node.op === 'Conv'
          ? conv({ window: node.window, groups, algorithm, ...attributes })
          : dense({ layout: node.weights, ...attributes });
      return builder.add(operation, [x, weights, ...bias, ...last]);
    };
    if (isOwnOutput(form)) {
      z = flat(this.#value(own));
      s = builder.add(quotient({ scales, stabilizer, groups }), [relevance, z]);
    } else if (form.branch || stabilizer.kind !== 'absolute') {
      z = layer('none', []);
      const branch = form.branch ? [flat(this.#value(own))] : [];
      s = builder.add(quotient({ scales, stabilizer, groups, branch: form.branch }), [relevance, z, ...branch]);
    } else {
      s = layer({ scales, stabilizer }, [relevance]);
    }

    const factor = form.times ? [x] : [];
    const back =
      node.op === 'Conv'
        ? convTranspose({
            window: node.window,
            groups,
            algorithm,
            maps,
            spatial: planeOf(inputShape),
            product: form.times,
          })
        : denseTranspose({ layout: node.weights, maps, product: form.times });
    const stacked = builder.add(back, [s, weights, ...factor]);
    const parts = maps[0]!.length;
    const result = parts === 1 ? stacked : builder.add(sumParts({ parts, groups }), [stacked]);
    this.give(input, node.op === 'Dense' ? builder.alias(result, inputShape) : result);
    this.ledger.absorbed(node.name, inputShape[0]!, form, groups, relevance, s, z, bias);
  }

  #maxPool(node: GraphNode & { op: 'MaxPool' }, relevance: BufferId): BufferId {
    const input = node.inputs[0]!;
    const spatial = planeOf(this.#shape(input));
    const output = planeOf(this.#shape(node.outputs[0]!));
    const pool = { window: node.window, output };
    const global = output[0] === 1 && output[1] === 1;
    const { pooling } = this.#plan.composite;
    if (global || pooling === 'winner') {
      const winners = this.#forward.winners.get(node.name)!;
      return this.#builder.add(maxPoolTranspose({ ...pool, spatial }), [relevance, winners]);
    }
    const average = { ...pool, divisor: pooling === 'average' ? 'inside' : 'one' } as const;
    const z = this.#builder.add(averagePool(average), [this.#value(input)]);
    return this.#normalised(relevance, z, average, input);
  }

  /** The `norm` rule of an average pooling: R_j = a_j·poolᵀ(R/stab(z)). */
  #normalised(
    relevance: BufferId,
    z: BufferId,
    pool: Omit<Parameters<typeof averagePoolTranspose>[0], 'spatial' | 'product'>,
    input: string,
  ): BufferId {
    const s = this.#builder.add(quotient(this.#norm), [relevance, z]);
    const spatial = planeOf(this.#shape(input));
    return this.#builder.add(averagePoolTranspose({ ...pool, spatial, product: true }), [s, this.#value(input)]);
  }

  #concat(inputs: readonly string[], axis: number, relevance: BufferId): void {
    let start = 0;
    for (const input of inputs) {
      const length = this.#shape(input)[axis]!;
      this.give(input, this.#builder.add(slice({ axis, start, length }), [relevance]));
      start += length;
    }
  }

  /** Sums relevance over the axes along which a value of this shape was broadcast. */
  #reduced(relevance: BufferId, shape: Shape): BufferId {
    return sameShape(this.#builder.shape(relevance), shape)
      ? relevance
      : this.#builder.add(sumTo({ shape }), [relevance]);
  }

  #zeros(shape: Shape): BufferId {
    return this.#builder.constant(sourceOf('zeros', shape, new Float32Array(elementCount(shape))));
  }

  #value(name: string): BufferId {
    const constant = this.#graph.constants.get(name);
    const id = constant === undefined ? this.#forward.values.get(name) : this.#builder.constant(constant);
    if (id === undefined) throw new Error(`the forward pass did not keep "${name}"`);
    return id;
  }

  #shape(name: string): Shape {
    return this.#graph.shapes.get(name)!;
  }

  #refuse(node: GraphNode): never {
    throw new SalientError(
      'unsupported',
      `${node.op} "${node.name}" multiplies two activations, for which no relevance rule is defined; explain a network without it`,
    );
  }
}
