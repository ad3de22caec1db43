import type { Forward } from '../forward/forward.ts';
import type { Graph, GraphNode, GraphOp } from '../graph/graph.ts';
import { dependentsOf } from '../graph/questions.ts';
import { add, multiply } from '../kernels/elementwise/operation.ts';
import type { BufferId, ProgramBuilder } from '../tensor/program.ts';
import { sourceOf } from '../tensor/source.ts';
import type { Shape } from '../tensor/tensor.ts';
import type { Handler, Handlers } from './handlers.ts';

/** Where a way back begins: what is given to a value [like the value]. */
export interface Start {
  readonly value: string;
  readonly buffer: BufferId;
}

export interface ReverseOptions {
  readonly handlers: Handlers;
  /** What several starts give to one value is added up. */
  readonly starts: readonly Start[];
  /**
   * For some values [N,C,...], the channels through which something may pass; what the others hold is dropped there.
   */
  readonly channels?: ReadonlyMap<string, readonly number[]>;
  /** The value at which the way ends: nodes that do not depend on it are left out. Default: the graph's inputs. */
  readonly stop?: string | undefined;
  /** Told of each node after its handler: what arrived at its outputs and what went on to inputs that are no constants. */
  readonly onNode?: (node: GraphNode, arrived: readonly BufferId[], given: readonly BufferId[]) => void;
}

/**
 * Adds the reverse walk through a graph: from the starts to every value that they depend on, nodes last to first. What
 * happens at a node is its operator's handler; here is the rest: what arrives at a value with several consumers is
 * added up, constants take nothing, and a node at which nothing arrives is left out. Returns what arrived in all at each
 * value that a node computes or that is an input of the graph, by name.
 */
export function addReverse(
  builder: ProgramBuilder,
  graph: Graph,
  forward: Forward,
  { handlers, starts, channels = new Map(), stop, onNode }: ReverseOptions,
): Map<string, BufferId> {
  const arrivals = new Arrivals(builder, graph, channels);
  for (const { value, buffer } of starts) arrivals.give(value, buffer);
  const isConstant = (name: string) => graph.constants.has(name);
  const shape = (name: string) => graph.shapes.get(name)!;
  const value = (name: string): BufferId => {
    const constant = graph.constants.get(name);
    const id = constant === undefined ? forward.values.get(name) : builder.constant(constant);
    if (id === undefined) throw new Error(`the forward pass did not keep "${name}"`);
    return id;
  };
  const onWay = stop === undefined ? undefined : dependentsOf(graph, stop);
  for (const node of graph.nodes.toReversed()) {
    if (onWay && !onWay.has(node)) continue;
    builder.layer = node.name;
    const arrived = node.outputs.map((output) => arrivals.total(output));
    const arriving = arrived.find((buffer) => buffer !== undefined);
    if (arriving === undefined || node.inputs.every(isConstant)) continue;
    const winners = forward.winners.get(node.name);
    const step = { builder, graph, node, arrived, arriving, winners, value, shape, isConstant };
    const given = handlerOf(
      handlers,
      node,
    )(step).flatMap((buffer, index) => {
      const input = node.inputs[index]!;
      if (buffer === undefined || isConstant(input)) return [];
      arrivals.give(input, buffer);
      return [buffer];
    });
    onNode?.(
      node,
      arrived.filter((buffer) => buffer !== undefined),
      given,
    );
  }
  for (const name of stop === undefined ? graph.inputs.map((input) => input.name) : [stop]) arrivals.total(name);
  return arrivals.totals;
}

function handlerOf<Op extends GraphOp>(handlers: Handlers, node: GraphNode & { readonly op: Op }): Handler<Op> {
  return handlers[node.op];
}

/** What arrived at each value of a graph. */
class Arrivals {
  readonly totals = new Map<string, BufferId>();
  /** One buffer per consumer and start. */
  readonly #arrived = new Map<string, BufferId[]>();
  readonly #builder: ProgramBuilder;
  readonly #graph: Graph;
  readonly #channels: ReadonlyMap<string, readonly number[]>;

  constructor(builder: ProgramBuilder, graph: Graph, channels: ReadonlyMap<string, readonly number[]>) {
    this.#builder = builder;
    this.#graph = graph;
    this.#channels = channels;
  }

  give(value: string, buffer: BufferId): void {
    const arrived = this.#arrived.get(value);
    if (arrived) arrived.push(buffer);
    else this.#arrived.set(value, [buffer]);
  }

  /** All that arrived at a value, once every consumer had its turn. */
  total(value: string): BufferId | undefined {
    const known = this.totals.get(value);
    if (known !== undefined) return known;
    const [first, ...others] = this.#arrived.get(value) ?? [];
    if (first === undefined) return undefined;
    const arrived = others.length === 0 ? first : this.#builder.add(add(), [first, ...others]);
    const channels = this.#channels.get(value);
    const total =
      channels === undefined ? arrived : this.#onlyChannels(arrived, channels, this.#graph.shapes.get(value)!);
    this.totals.set(value, total);
    return total;
  }

  /** Some channels of axis 1 alone; zero elsewhere. */
  #onlyChannels(buffer: BufferId, channels: readonly number[], shape: Shape): BufferId {
    const mask = Float32Array.from({ length: shape[1]! }, (_, channel) => (channels.includes(channel) ? 1 : 0));
    const along = [1, mask.length, ...shape.slice(2).map(() => 1)];
    return this.#builder.add(multiply(), [buffer, this.#builder.constant(sourceOf('channels', along, mask))]);
  }
}
