import type { GraphNode } from '../../graph/graph.ts';
import { sameShape } from '../../tensor/tensor.ts';
import type { GraphBuilder } from '../builder.ts';

/**
 * Drops Reshapes after which a value has the shape again that it had before an earlier one: a channel that was picked,
 * squeezed and unsqueezed is that channel.
 *
 * @param outputs the graph's outputs, which keep their names
 */
export function dropUndoneReshapes(builder: GraphBuilder, outputs: ReadonlySet<string>): void {
  /** What a Reshape's output held before the first of a row of Reshapes. */
  const origins = new Map<string, string>();
  const same = new Map<string, string>();
  const nodes: GraphNode[] = [];
  for (const node of builder.nodes) {
    const known = { ...node, inputs: node.inputs.map((name) => same.get(name) ?? name) };
    if (known.op === 'Reshape') {
      const [input, output] = [known.inputs[0]!, known.outputs[0]!];
      const origin = origins.get(input) ?? input;
      origins.set(output, origin);
      if (!outputs.has(output) && sameShape(builder.shapes.get(origin)!, builder.shapes.get(output)!)) {
        same.set(output, origin);
        continue;
      }
    }
    nodes.push(known);
  }
  builder.nodes.splice(0, builder.nodes.length, ...nodes);
}
