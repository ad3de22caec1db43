import { quoted, SalientError } from '../error.ts';
import type { Graph, GraphNode } from '../graph/graph.ts';
import { boundsOfValue } from '../graph/input-bounds.ts';
import { checkRule } from './check-rule.ts';
import { amount, fields, maybe, numbers } from './checks.ts';
import { globMatches } from './glob.ts';
import type { Rule } from './rule.ts';
import { DEFAULT_EPSILON } from './rules/definition.ts';
import { DEFAULT_GAMMA } from './rules/gamma.ts';

/** Which layers a rule is for; all that is said must hold. */
export interface LayerMatch {
  readonly type?: 'conv' | 'dense';
  /** The first Conv or Dense in graph order. */
  readonly first?: boolean;
  /** The node's name; `*` stands for any characters. */
  readonly name?: string;
  /**
   * Position among the graph's nodes from the first Conv or Dense on, Reshapes not counted (torchvision's numbering of
   * VGG), both ends included.
   */
  readonly positions?: readonly [number, number];
  /** Convolutions among the first of the network's: so large a share of them, 0 to 1, rounded to whole layers. */
  readonly earliest?: number;
}

/** A rule, and the layers that it is for. */
export interface LayerRule {
  readonly match: LayerMatch;
  readonly rule: Rule;
}

/** How relevance passes max pooling; global max pooling is always `winner`. */
export type Pooling = 'winner' | 'proportional' | 'average';

/** How relevance passes average pooling and means over axes. */
export type AveragePooling = 'norm' | 'uniform';

export type ProductRule = 'uniform' | 'signal';

/** A rule for every layer of a network: the first entry that matches a Conv or Dense is its rule. */
export interface Composite {
  readonly name: string;
  readonly layers: readonly LayerRule[];
  readonly pooling: Pooling;
  /**
   * `norm` (default): by each element's part in the sum, as epsilon on a layer with equal weights; `uniform`: an equal
   * share to each element of the window (DeepTaylor's toolboxes).
   */
  readonly averagePooling?: AveragePooling;
  /** `taylor`: Binder et al. 2016. */
  readonly lrn: 'pass' | 'taylor';
  /**
   * How relevance passes a product of two activations: half to each factor (`uniform`; AttnLRP, Achtibat et al. 2024,
   * proposition 3.3), or all to the one that is no gate (`signal`; Arras et al. 2017: a Sigmoid, HardSigmoid or Softmax
   * is a gate). Default `uniform`.
   */
  readonly product?: ProductRule;
  /** ε of the layers without weights (average pooling, Add, LRN's Taylor rule), absolute. Default 1e-6. */
  readonly normEpsilon?: number;
}

/** Parameters of a named composite; each has the default of its source. */
export interface CompositeParameters {
  /** ε of the dense layers' epsilon rule. */
  readonly epsilon?: number;
  readonly gamma?: number;
  /** Bounds of the network's input for z-box: one number, or one per channel. */
  readonly low?: readonly number[];
  readonly high?: readonly number[];
}

/**
 * The ready-made composites: docs/lrp.md, "Composites".
 *
 * @example
 * ```ts
 * for (const composite of COMPOSITE_NAMES.slice(0, 2)) await model.explain(photo, { composite, saliency: false });
 * ```
 */
export const COMPOSITE_NAMES = [
  'epsilon-plus',
  'epsilon-plus-flat',
  'epsilon-gamma-box',
  'epsilon-alpha2-beta1',
  'epsilon-alpha2-beta1-flat',
  'salient-relevance',
  'montavon',
  'excitation-backprop',
  'attn',
] as const;

export type CompositeName = (typeof COMPOSITE_NAMES)[number];

/** Layers that an error message lists. */
const MOST_NAMES = 5;

/** Composites whose rules take the parameter; given to another one, it would be ignored without a word. */
const TAKEN_BY: Readonly<Record<'epsilon' | 'gamma', RegExp>> = {
  epsilon: /^(epsilon-|attn)/,
  gamma: /^(epsilon-gamma-box|montavon)$/,
};

const checkParameters = fields<CompositeParameters>({
  epsilon: maybe(amount),
  gamma: maybe(amount),
  low: maybe(numbers),
  high: maybe(numbers),
});

/**
 * The ready-made composites (docs/lrp.md, "Composites").
 *
 * @example
 * ```ts
 * const { layers, ...rest } = composite('epsilon-plus', { epsilon: 1e-4 });
 * const rule = { rule: 'z-box', low: [-2], high: [2] } as const;
 * await model.explain(photo, { composite: { ...rest, layers: [{ match: { first: true }, rule }, ...layers] } });
 * ```
 */
export function composite(name: string, parameters: CompositeParameters = {}): Composite {
  checkParameters(parameters, 'parameters');
  for (const parameter of ['epsilon', 'gamma'] as const) {
    const known = (COMPOSITE_NAMES as readonly string[]).includes(name);
    if (!known || parameters[parameter] === undefined || TAKEN_BY[parameter].test(name)) continue;
    const takers = COMPOSITE_NAMES.filter((known) => TAKEN_BY[parameter].test(known)).join(', ');
    throw new SalientError('bad-argument', `${name} takes no ${parameter}; composites that do: ${takers}`);
  }
  const epsilon: Rule = {
    rule: 'epsilon',
    stabilizer: { kind: 'absolute', epsilon: parameters.epsilon ?? DEFAULT_EPSILON },
  };
  const gamma: Rule = { rule: 'gamma', gamma: parameters.gamma ?? DEFAULT_GAMMA };
  const alphaBeta: Rule = { rule: 'alpha-beta', alpha: 2, beta: 1 };
  const paper: Rule = { rule: 'epsilon', stabilizer: { kind: 'absolute', epsilon: 1e-9 } };
  const box = (): Rule => {
    const { low, high } = parameters;
    if (low === undefined || high === undefined) {
      throw new SalientError(
        'bad-argument',
        `${name} needs the bounds of the network's input: give low and high (one number, or one per channel)`,
      );
    }
    return { rule: 'z-box', low, high };
  };
  const table = (first: Rule, conv: Rule, dense: Rule): Composite => ({
    name,
    layers: [
      { match: { type: 'conv', first: true }, rule: first },
      { match: { type: 'conv' }, rule: conv },
      { match: { type: 'dense' }, rule: dense },
    ],
    pooling: 'winner',
    lrn: 'pass',
  });
  switch (name as CompositeName) {
    case 'epsilon-plus':
      return table({ rule: 'z-plus' }, { rule: 'z-plus' }, epsilon);
    case 'epsilon-plus-flat':
      return table({ rule: 'flat' }, { rule: 'z-plus' }, epsilon);
    case 'epsilon-gamma-box':
      return table(box(), gamma, epsilon);
    case 'epsilon-alpha2-beta1':
      return table(alphaBeta, alphaBeta, epsilon);
    case 'epsilon-alpha2-beta1-flat':
      return table({ rule: 'flat' }, alphaBeta, epsilon);
    case 'salient-relevance':
      return {
        ...table(paper, paper, { rule: 'z-plus', bias: 'zero', stabilizer: { kind: 'absolute', epsilon: 1e-9 } }),
        normEpsilon: 1e-9,
      };
    case 'excitation-backprop':
      return table({ rule: 'z-plus' }, { rule: 'z-plus' }, { rule: 'z-plus' });
    case 'attn':
      return table(epsilon, epsilon, epsilon);
    case 'montavon':
      return {
        name,
        layers: [
          { match: { type: 'conv', first: true }, rule: box() },
          // The tutorial's layers 0 to 16 are 7 of VGG-16's 13 convolutions; other networks have theirs by that share.
          { match: { type: 'conv', earliest: 7 / 13 }, rule: gamma },
          { match: { type: 'conv' }, rule: { rule: 'epsilon', stabilizer: { kind: 'relative', epsilon: 0.25 } } },
          { match: { type: 'dense' }, rule: { rule: 'epsilon', stabilizer: { kind: 'absolute', epsilon: 1e-9 } } },
        ],
        pooling: 'average',
        lrn: 'pass',
      };
    default:
      throw new SalientError(
        'bad-argument',
        `there is no composite "${name}"; choose one of ${COMPOSITE_NAMES.join(', ')}`,
      );
  }
}

/** A layer's rule, and the entry of the composite that gave it. */
export interface AssignedRule {
  readonly rule: Rule;
  readonly match: LayerMatch;
}

/**
 * The rule of each Conv and Dense of a graph, by node name.
 * @throws SalientError 'bad-argument' where a layer has no rule, a rule's numbers do not fit its layer, or a name fits
 * no layer
 */
export function assignRules(graph: Graph, composite: Composite): Map<string, Rule> {
  return new Map(Array.from(assignments(graph, composite), ([layer, { rule }]) => [layer, rule]));
}

/** {@link assignRules} with the reasons. */
export function assignments(graph: Graph, { name, layers }: Composite): Map<string, AssignedRule> {
  const places = placesOf(graph);
  requireFitting(layers, places);
  const assigned = new Map<string, AssignedRule>();
  for (const place of places) {
    const { node } = place;
    const chosen = layers.find(({ match }) => matches(match, place));
    if (chosen === undefined) {
      throw new SalientError('bad-argument', `composite "${name}" has no rule for ${node.op} "${node.name}"; add one`);
    }
    const rule = chosen.match.first ? atFirstLayer(chosen.rule, graph, node) : chosen.rule;
    const shape = graph.shapes.get(node.inputs[0]!)!;
    checkRule(rule, node.name, node.op === 'Conv' ? shape[1]! : shape.at(-1)!);
    assigned.set(node.name, { rule, match: chosen.match });
  }
  return assigned;
}

/**
 * The rule of the first layer. The bounds of a z-box are those of the network's input: what the network does to its
 * input before that layer (normalisation, choice of channels), it does to them.
 */
function atFirstLayer(rule: Rule, graph: Graph, { name, inputs }: GraphNode): Rule {
  if (rule.rule !== 'z-box') return rule;
  const bounds = boundsOfValue(graph, inputs[0]!, rule);
  if (bounds !== undefined) return bounds === rule ? rule : { ...rule, ...bounds };
  throw new SalientError(
    'unsupported',
    `z-box needs the bounds of what "${name}" reads, which do not follow from those of the network's input; give "${name}" a z-box of its own, by name`,
  );
}

/** A misspelt name, or a position that is none, would otherwise leave layers to the entries after it, without a word. */
function requireFitting(layers: readonly LayerRule[], places: readonly Place[]): void {
  for (const { match } of layers) {
    if (match.name === undefined && match.positions === undefined) continue;
    if (places.some((place) => matches(match, place))) continue;
    const names = places.map(({ node, position }) => node.name + (match.positions ? ` (${position})` : ''));
    const known = names.slice(0, MOST_NAMES).join(', ') + (names.length > MOST_NAMES ? ', …' : '');
    throw new SalientError('bad-argument', `a rule is for layers ${quoted(match)}, but there are only ${known}`);
  }
}

/** Where a layer stands in its network. */
interface Place {
  readonly node: GraphNode;
  readonly position: number;
  readonly isFirst: boolean;
  /** Convolutions before it, and in all. */
  readonly convolution: number;
  readonly convolutions: number;
}

/** The Conv and Dense nodes. */
function placesOf({ nodes }: Graph): Place[] {
  const convolutions = nodes.filter(({ op }) => op === 'Conv').length;
  const places: Place[] = [];
  let [position, convolution] = [0, 0];
  for (const node of nodes) {
    const isConv = node.op === 'Conv';
    const isFirst = places.length === 0;
    if (isConv || node.op === 'Dense') places.push({ node, position, isFirst, convolution, convolutions });
    if (isConv) convolution++;
    // What normalises the input inside the network shifts no position.
    if (node.op !== 'Reshape' && places.length > 0) position++;
  }
  return places;
}

function matches({ type, first, name, positions, earliest }: LayerMatch, place: Place): boolean {
  const { node, position, isFirst, convolution, convolutions } = place;
  return (
    (type === undefined || (type === 'conv') === (node.op === 'Conv')) &&
    (first === undefined || first === isFirst) &&
    (name === undefined || globMatches(name, node.name)) &&
    (positions === undefined || (position >= positions[0] && position <= positions[1])) &&
    (earliest === undefined || (node.op === 'Conv' && convolution < Math.round(earliest * convolutions)))
  );
}
