import { nonNegativeValues } from '../forward/sign.ts';
import type { Graph, GraphNode, GraphOp } from '../graph/graph.ts';
import { logitsOf } from '../graph/logits.ts';
import { consumersOf, loneRelu } from '../graph/questions.ts';
import { isPlain } from '../kernels/shared/maps.ts';
import type { Composite } from './composite.ts';
import { type Rule, type RuleForm, ruleForm } from './rule.ts';

/** What is known of a network's relevance before any number is there. */
export interface RelevanceAnalysis {
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
export function analyseRelevance(
  graph: Graph,
  composite: Composite,
  rules: ReadonlyMap<string, Rule>,
): RelevanceAnalysis {
  const logits = logitsOf(graph).value;
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
      const relu = loneRelu(output, consumers)?.outputs[0];
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

/**
 * Whether an operator passes no relevance to inputs that are zero: it multiplies by them (`always`); it passes relevance
 * on as it is, or moves it, so that this holds where it holds for its outputs (`as-outputs`); its layer's rule says
 * (`by-rule`); or it cannot be said (`unknown`).
 */
const KEEPS_ZERO: Readonly<Record<GraphOp, 'always' | 'as-outputs' | 'by-rule' | 'unknown'>> = {
  Conv: 'by-rule',
  Dense: 'by-rule',
  AveragePool: 'always',
  ReduceMean: 'always',
  Add: 'always',
  Relu: 'as-outputs',
  MaxPool: 'as-outputs',
  LRN: 'as-outputs',
  Mul: 'as-outputs',
  Concat: 'as-outputs',
  Split: 'as-outputs',
  Pad: 'as-outputs',
  Reshape: 'as-outputs',
  Transpose: 'as-outputs',
  MatMul: 'always',
  LayerNorm: 'unknown',
  Resize: 'always',
  LeakyRelu: 'unknown',
  Clip: 'unknown',
  Sigmoid: 'unknown',
  Elementwise: 'unknown',
  Affine: 'unknown',
  Softmax: 'unknown',
};

/** Whether a node passes no relevance to inputs that are zero. */
function keepsZero(node: GraphNode, forms: ReadonlyMap<string, RuleForm>, vanishing: ReadonlySet<string>): boolean {
  switch (KEEPS_ZERO[node.op]) {
    case 'always':
      return true;
    case 'as-outputs':
      return node.outputs.every((output) => vanishing.has(output));
    case 'by-rule':
      return forms.get(node.name)?.times ?? false;
    case 'unknown':
      return false;
  }
}
