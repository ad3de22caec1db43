import { SalientError } from '../error.ts';
import type { Forward } from '../forward/forward.ts';
import { DECONVNET } from '../gradient/deconvnet.ts';
import { GRADIENT } from '../gradient/gradient.ts';
import { GUIDED_BACKPROP } from '../gradient/guided-backprop.ts';
import type { Graph } from '../graph/graph.ts';
import { consumersOf, loneRelu, valueNamed } from '../graph/questions.ts';
import { activation } from '../kernels/activation/operation.ts';
import { broadcastTo, multiply, sumTo } from '../kernels/elementwise/operation.ts';
import { reduceMean } from '../kernels/reduce/operation.ts';
import { resample } from '../kernels/resample/operation.ts';
import { addRelevance } from '../lrp/add-relevance.ts';
import { analyseRelevance } from '../lrp/analysis.ts';
import { assignRules, type Composite } from '../lrp/composite.ts';
import { Ledger } from '../lrp/ledger.ts';
import type { Rule } from '../lrp/rule.ts';
import { addReverse, type Start } from '../reverse/add-reverse.ts';
import type { Handlers } from '../reverse/handlers.ts';
import { resizeTable, tableSource } from '../saliency/axis-table.ts';
import type { BufferId, ProgramBuilder } from '../tensor/program.ts';
import { formatShape } from '../tensor/tensor.ts';

/** Methods that make a map by one way back through the network. */
export type WayBack =
  | { readonly name: 'lrp' }
  | { readonly name: 'gradient' | 'gradient-x-input' | 'deconvnet' | 'guided-backprop' }
  /** Of a layer (or value) [N,C,h,w], by name. */
  | { readonly name: 'grad-cam'; readonly layer: string };

/** Where a way back ended. */
export interface Arrived {
  /** What arrived at each value, by its name. */
  readonly values: ReadonlyMap<string, BufferId>;
  /** The map [like the network's input]; missing where the start does not depend on the input. */
  readonly map: BufferId | undefined;
  /** LRP's; empty for the others. */
  readonly ledger: Ledger;
}

/** A way back through one network: what it needs of the forward pass, and its steps. */
export interface Planned {
  /** Values that the forward pass must not fuse away. */
  readonly keep: ReadonlySet<string>;
  readonly rules: ReadonlyMap<string, Rule>;
  add(
    builder: ProgramBuilder,
    forward: Forward,
    starts: readonly Start[],
    channels: ReadonlyMap<string, readonly number[]>,
  ): Arrived;
}

const HANDLERS: Readonly<Record<Exclude<WayBack['name'], 'lrp'>, Handlers>> = {
  gradient: GRADIENT,
  'gradient-x-input': GRADIENT,
  deconvnet: DECONVNET,
  'guided-backprop': GUIDED_BACKPROP,
  'grad-cam': GRADIENT,
};

/** Plans a way back to the input, or to the value `stop`; rules are LRP's alone. */
export function planWayBack(graph: Graph, way: WayBack, composite: Composite, stop?: string): Planned {
  return way.name === 'lrp' ? planLrp(graph, composite, stop) : planGradient(graph, way, stop);
}

function planLrp(graph: Graph, composite: Composite, stop: string | undefined): Planned {
  const rules = assignRules(graph, composite);
  const analysis = analyseRelevance(graph, composite, rules);
  return {
    keep: analysis.keep,
    rules,
    add(builder, forward, starts, channels) {
      const { relevance, ledger } = addRelevance(builder, graph, forward, analysis, { starts, channels, stop });
      return { values: relevance, map: relevance.get(stop ?? graph.inputs[0]!.name), ledger: ledger.finish() };
    },
  };
}

function planGradient(graph: Graph, way: Exclude<WayBack, { name: 'lrp' }>, stop: string | undefined): Planned {
  const input = graph.inputs[0]!.name;
  const to = stop ?? input;
  const layer = way.name === 'grad-cam' ? camLayer(graph, way.layer) : undefined;
  return {
    // Adjoints read nothing that the forward pass leaves out: a Relu's reads its output.
    keep: new Set(layer === undefined ? [] : [layer]),
    rules: new Map(),
    add(builder, forward, starts, channels) {
      const values = addReverse(builder, graph, forward, { handlers: HANDLERS[way.name], starts, channels, stop });
      const arrived = values.get(layer ?? to);
      const ledger = new Ledger([]);
      if (arrived === undefined) return { values, map: undefined, ledger };
      if (layer !== undefined) {
        const map = addClassActivation(builder, forward.values.get(layer)!, arrived, forward.values.get(input)!);
        return { values, map, ledger };
      }
      const times = way.name === 'gradient-x-input';
      const map = times ? builder.add(multiply(), [arrived, forward.values.get(to)!]) : arrived;
      return { values, map, ledger };
    },
  };
}

/** The value that a layer's name means: of a convolution what its Relu makes of it, as the paper has it. */
function camLayer(graph: Graph, name: string): string {
  const named = valueNamed(graph, name);
  const value = loneRelu(named, consumersOf(graph))?.outputs[0] ?? named;
  const shape = graph.shapes.get(value)!;
  if (shape.length === 4 && !graph.constants.has(value)) return value;
  throw new SalientError('bad-argument', `grad-cam needs a layer [N,C,H,W], but "${name}" is ${formatShape(shape)}`);
}

/**
 * Grad-CAM (Selvaraju et al. 2017): max(Σ_k α_k·A_k, 0) with α_k the mean of the gradient over channel k of a layer
 * A [N,C,h,w], enlarged to the input's size, bilinearly. Returned like the input [N,C',H,W], an equal share in each
 * channel.
 */
function addClassActivation(builder: ProgramBuilder, layer: BufferId, gradient: BufferId, input: BufferId): BufferId {
  builder.layer = 'grad-cam';
  const [batch, channels, height, width] = builder.shape(layer) as [number, number, number, number];
  const means = builder.alias(builder.add(reduceMean({ axes: [2, 3] }), [gradient]), [batch, channels, 1, 1]);
  const weighted = builder.add(multiply(), [layer, means]);
  const sum = builder.add(sumTo({ shape: [batch, 1, height, width] }), [weighted]);
  const positive = builder.add(activation({ kind: 'relu' }), [sum]);
  const shape = builder.shape(input) as [number, number, number, number];
  const rows = builder.constant(tableSource('rows', resizeTable(height, shape[2])));
  const columns = builder.constant(tableSource('columns', resizeTable(width, shape[3])));
  const enlarged = builder.add(resample(), [positive, rows, columns]);
  return builder.add(broadcastTo({ shape, factor: 1 / shape[1] }), [enlarged]);
}
