import { consumersOf } from '../forward/forward.ts';
import type { Graph, GraphNode } from '../graph/graph.ts';
import { logitsOf } from '../graph/logits.ts';
import { isPlain } from '../kernels/shared/maps.ts';
import type { Composite } from './composite.ts';
import { type Rule, type RuleForm, ruleForm } from './rule.ts';

/** What the reverse walk knows of a network before any number is there. */
export interface RelevancePlan {
  readonly composite: Composite;
  /** The value at which relevance starts: the logits, before a Softmax at the end. */
  readonly logits: string;
  readonly forms: ReadonlyMap<string, RuleForm>;
  /**
   * By node name, the value to read for a layer's own z: its output, or the Relu's output where relevance vanishes
   * wherever the Relu cut.
   */
  readonly ownOutput: ReadonlyMap<string, string>;
  /** Values that the forward pass must not fuse away. */
  readonly keep: ReadonlySet<string>;
}

/** Chooses each layer's form and what the forward pass must keep for it. */
export function planRelevance(graph: Graph, composite: Composite, rules: ReadonlyMap<string, Rule>): RelevancePlan {
  const logits = findLogits(graph);
  const nonNegative = nonNegativeValues(graph);
  const consumers = consumersOf(graph);
  const forms = new Map<string, RuleForm>();
  const ownOutput = new Map<string, string>();
  const keep = new Set<string>([logits]);
  /** Values whose relevance is zero wherever they are. */
  const vanishing = new Set<string>();

  for (const node of graph.nodes.toReversed()) {
    const [output] = node.outputs as [string];
    if (node.op === 'Conv' || node.op === 'Dense') {
      const [reader, ...others] = consumers.get(output) ?? [];
      const relu = reader?.op === 'Relu' && others.length === 0 ? reader.outputs[0]! : undefined;
      const cut = relu !== undefined && output !== logits && vanishing.has(relu);
      const context = { nonNegative: nonNegative.has(node.inputs[0]!), positiveOutput: cut };
      const form = ruleForm(rules.get(node.name)!, context);
      forms.set(node.name, form);
      ownOutput.set(node.name, cut ? relu : output);
      if (!cut && readsOwnOutput(form)) keep.add(output);
    }
    for (const input of node.inputs) {
      const readers = consumers.get(input) ?? [];
      if (input !== logits && readers.every((reader) => keepsZero(reader, forms, vanishing))) vanishing.add(input);
    }
  }
  return { composite, logits, forms, ownOutput, keep };
}

/** Whether a form's z is the layer's own output, or chosen by it. */
function readsOwnOutput(form: RuleForm): boolean {
  return form.branch || isOwnOutput(form);
}

/** Whether a form's z is what the forward pass computed. */
export function isOwnOutput({ maps, expansion, bias }: RuleForm): boolean {
  return isPlain(maps) && expansion === undefined && bias;
}

/** Whether a node passes no relevance to inputs that are zero. */
function keepsZero(node: GraphNode, forms: ReadonlyMap<string, RuleForm>, vanishing: ReadonlySet<string>): boolean {
  switch (node.op) {
    case 'Conv':
    case 'Dense':
      return forms.get(node.name)?.times ?? false;
    case 'AveragePool':
    case 'ReduceMean':
    case 'Add':
      return true;
    case 'Relu':
    case 'MaxPool':
    case 'LRN':
    case 'Mul':
    case 'Concat':
    case 'Split':
    case 'Pad':
    case 'Reshape':
    case 'Transpose':
      return node.outputs.every((output) => vanishing.has(output));
    default:
      return false;
  }
}

/** The value at which relevance starts ({@link logitsOf}). */
export function findLogits(graph: Graph): string {
  return logitsOf(graph).value;
}

/** Values that can never be negative, whatever the input. */
function nonNegativeValues(graph: Graph): Set<string> {
  const known = new Set<string>();
  for (const node of graph.nodes) if (isNonNegative(node, known)) for (const name of node.outputs) known.add(name);
  return known;
}

function isNonNegative(node: GraphNode, known: ReadonlySet<string>): boolean {
  switch (node.op) {
    case 'Relu':
    case 'Sigmoid':
      return true;
    case 'Softmax':
      return !node.log;
    case 'Clip':
      return node.min >= 0;
    case 'Pad':
      return known.has(node.inputs[0]!) && (node.mode !== 'constant' || node.value >= 0);
    case 'MaxPool':
    case 'AveragePool':
    case 'LRN':
    case 'Add':
    case 'Mul':
    case 'Concat':
    case 'Split':
    case 'Reshape':
    case 'Transpose':
    case 'ReduceMean':
      return node.inputs.every((input) => known.has(input));
    default:
      return false;
  }
}
