import { SalientError } from '../error.ts';
import { OPERATORS } from './operators/table.ts';
import type { ProtoModel, ProtoNode } from './proto.ts';

/** The newest version of ONNX's default operator set whose operators here are known to mean the same. */
const NEWEST_OPERATOR_SET = 25;

/** A node of the file and the name by which messages and the graph know it. */
export interface NamedNode {
  readonly node: ProtoNode;
  readonly name: string;
}

export interface CheckedModel {
  /** Version of the default operator set. */
  readonly opset: number;
  /** In topological order. */
  readonly nodes: readonly NamedNode[];
}

/**
 * Checks all that can be said without shapes: operators, attributes, and that values are made once and before use.
 * @throws SalientError 'unsupported' or 'bad-model'.
 */
export function checkModel(model: ProtoModel): CheckedModel {
  const opset = operatorSet(model);
  if (model.graph.sparseInitializers > 0) {
    throw new SalientError('unsupported', 'the model has sparse initializers; export it with dense weights');
  }
  const nodes = model.graph.nodes.map((node, index) => ({ node, name: node.name || `${node.op}_${index}` }));
  refuseUnknownOperators(nodes);
  const read = new Set([
    ...model.graph.nodes.flatMap((node) => node.inputs),
    ...model.graph.outputs.map((o) => o.name),
  ]);
  for (const node of nodes) checkNode(node, read);
  return { opset, nodes: sortNodes(model, nodes) };
}

function operatorSet(model: ProtoModel): number {
  const set = model.operatorSets.find(({ domain }) => domain === '' || domain === 'ai.onnx');
  // Files older than operator sets (IR versions 1 and 2) mean the first.
  if (set === undefined && model.irVersion < 3) return 1;
  if (set === undefined) {
    throw new SalientError('bad-model', 'the model names no ONNX operator set; export it again');
  }
  if (set.version < 1 || set.version > NEWEST_OPERATOR_SET) {
    throw new SalientError(
      'unsupported',
      `the model uses operator set ${set.version}, but only 1 to ${NEWEST_OPERATOR_SET} are known; export it with an older one`,
    );
  }
  return set.version;
}

/** One error that lists every operator that cannot be read. */
function refuseUnknownOperators(nodes: readonly NamedNode[]): void {
  const unknown = new Map<string, { count: number; first: string }>();
  for (const { node, name } of nodes) {
    if (node.domain === '' && OPERATORS.has(node.op)) continue;
    const op = node.domain === '' ? node.op : `${node.domain}.${node.op}`;
    const entry = unknown.get(op);
    if (entry) entry.count++;
    else unknown.set(op, { count: 1, first: name });
  }
  if (unknown.size === 0) return;
  const list = [...unknown].map(([op, { count, first }]) => `${op} (${count}×, first at node "${first}")`).join(', ');
  throw new SalientError(
    'unsupported',
    `the model uses operators that are not supported: ${list}; supported are ${[...OPERATORS.keys()].join(', ')}`,
  );
}

function checkNode({ node, name }: NamedNode, read: ReadonlySet<string>): void {
  const operator = OPERATORS.get(node.op)!;
  const fail = (code: 'unsupported' | 'bad-model', text: string): never => {
    throw new SalientError(code, `node "${name}" (${node.op}): ${text}`);
  };
  for (const [attribute, { kind }] of node.attributes) {
    if (kind === 'graph') fail('unsupported', `attribute "${attribute}" is a subgraph; export the model without it`);
    // Operator set 1 announced in-place use; it means nothing for the result.
    if (operator.attributes.includes(attribute) || attribute === 'consumed_inputs') continue;
    fail('unsupported', `attribute "${attribute}" is not supported; only ${operator.attributes.join(', ') || 'none'}`);
  }
  const [fewest, most] = operator.inputs;
  if (node.inputs.length < fewest || node.inputs.length > most) {
    const expected = fewest === most ? `${fewest}` : `${fewest} to ${most}`;
    fail('bad-model', `it has ${node.inputs.length} inputs, but ${expected} are expected; export the model again`);
  }
  if (node.outputs.length === 0) fail('bad-model', 'it has no output; export the model again');
  const extra = node.outputs.slice(operator.outputs).find((output) => output !== '' && read.has(output));
  if (extra !== undefined) {
    fail('unsupported', `its output "${extra}" is in use, but only ${operator.outputs} output is supported`);
  }
}

/** Sorts the nodes so that values are made before they are read; keeps the file's order where it is so already. */
function sortNodes(model: ProtoModel, nodes: readonly NamedNode[]): NamedNode[] {
  const given = new Set([...model.graph.inputs, ...model.graph.initializers].map(({ name }) => name));
  const makers = new Map<string, number>();
  nodes.forEach(({ node, name }, index) => {
    for (const output of node.outputs) {
      if (output === '') continue;
      if (given.has(output) || makers.has(output)) {
        const text = `its output "${output}" is made more than once; export the model again`;
        throw new SalientError('bad-model', `node "${name}" (${node.op}): ${text}`);
      }
      makers.set(output, index);
    }
  });
  const sorted: NamedNode[] = [];
  const state = new Uint8Array(nodes.length);
  const [open, done] = [1, 2];
  // Depth first with an explicit stack: a file may hold chains of any length.
  const enter = (index: number) => ({ index, inputs: nodes[index]!.node.inputs.values() });
  for (let root = 0; root < nodes.length; root++) {
    if (state[root] === done) continue;
    state[root] = open;
    const path = [enter(root)];
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const { value: input, done: isComplete } = top.inputs.next();
      if (isComplete) {
        state[top.index] = done;
        sorted.push(nodes[top.index]!);
        path.pop();
        continue;
      }
      if (input === '' || given.has(input)) continue;
      const { node, name } = nodes[top.index]!;
      const maker = makers.get(input);
      if (maker === undefined) {
        throw new SalientError(
          'bad-model',
          `node "${name}" (${node.op}): its input "${input}" is made by no node and is no input or initializer; export the model again`,
        );
      }
      if (state[maker] === open) {
        throw new SalientError(
          'bad-model',
          `node "${name}" (${node.op}): its input "${input}" depends on its own output: the graph has a cycle; export the model again`,
        );
      }
      if (state[maker] === done) continue;
      state[maker] = open;
      path.push(enter(maker));
    }
  }
  for (const { name } of model.graph.outputs) {
    if (given.has(name) || makers.has(name)) continue;
    throw new SalientError('bad-model', `the model's output "${name}" is made by no node; export the model again`);
  }
  if (model.graph.outputs.length === 0) throw new SalientError('bad-model', 'the model has no output; export it again');
  return sorted;
}
