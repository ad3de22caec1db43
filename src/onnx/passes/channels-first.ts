import type { Graph, GraphNode } from '../../graph/graph.ts';
import { formatShape, type Shape } from '../../tensor/tensor.ts';

const TO_PLANES = [0, 3, 1, 2];
const FROM_PLANES = [0, 2, 3, 1];
/** How many channels a picture has. */
const PICTURE_CHANNELS = [1, 3, 4];

/**
 * The graph with its image input as [N,C,H,W]. Networks that TensorFlow and Keras write take [N,H,W,C] and transpose it
 * first: that Transpose goes, and the graph says `channelsLast`. Where the layers do not tell the layout (a network of
 * dense layers), the input's shape does.
 */
export function channelsFirst(graph: Graph): Graph {
  const [input, ...others] = graph.inputs;
  if (input === undefined || others.length > 0 || input.shape.length !== 4) return graph;
  const readers = (value: string) => graph.nodes.filter((node) => node.inputs.includes(value));
  const layout = layoutOf(graph, input.name, readers) ?? layoutByShape(input.shape);
  if (layout === 'channels first') return graph;
  const planes = TO_PLANES.map((axis) => input.shape[axis]!);
  const own = readers(input.name);
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const isGone = own.length > 0 && own.every((node) => isToPlanes(node, graph) && !outputs.has(node.outputs[0]!));
  const shapes = new Map(graph.shapes).set(input.name, planes);
  let nodes: GraphNode[];
  if (isGone) {
    const gone = new Set(own.flatMap((node) => node.outputs));
    for (const name of gone) shapes.delete(name);
    nodes = graph.nodes
      .filter((node) => !own.includes(node))
      .map((node) => ({ ...node, inputs: node.inputs.map((name) => (gone.has(name) ? input.name : name)) }));
  } else {
    const name = unusedName(`${input.name}/channels last`, new Set(shapes.keys()));
    shapes.set(name, input.shape);
    const back: GraphNode = {
      op: 'Transpose',
      name: unusedName(name, new Set(graph.nodes.map((node) => node.name))),
      inputs: [input.name],
      outputs: [name],
      permutation: FROM_PLANES,
    };
    const reading = (value: string) => (value === input.name ? name : value);
    nodes = [back, ...graph.nodes.map((node) => ({ ...node, inputs: node.inputs.map(reading) }))];
  }
  return { ...graph, inputs: [{ name: input.name, shape: planes }], nodes, shapes, channelsLast: true };
}

type Layout = 'channels first' | 'channels last';

/** What the first layer or Transpose behind a value says of its layout. */
function layoutOf(graph: Graph, input: string, readers: (value: string) => GraphNode[]): Layout | undefined {
  const values = new Set([input]);
  for (const value of values) {
    for (const node of readers(value)) {
      if (isToPlanes(node, graph)) return 'channels last';
      switch (node.op) {
        case 'Conv':
        case 'MaxPool':
        case 'AveragePool':
        case 'LRN':
        case 'Resize':
          return 'channels first';
        case 'Dense':
        case 'MatMul':
        case 'Reshape':
        case 'Transpose':
        case 'ReduceMean':
          break;
        default:
          for (const output of node.outputs) values.add(output);
      }
    }
  }
  return undefined;
}

function layoutByShape(shape: Shape): Layout {
  const [, second, , last] = shape as [number, number, number, number];
  return PICTURE_CHANNELS.includes(last) && !PICTURE_CHANNELS.includes(second) ? 'channels last' : 'channels first';
}

/** Whether a node brings [N,H,W,C] into [N,C,H,W]; with one channel that is a Reshape too. */
function isToPlanes(node: GraphNode, graph: Graph): boolean {
  if (node.op === 'Transpose') return formatShape(node.permutation) === formatShape(TO_PLANES);
  if (node.op !== 'Reshape') return false;
  const shape = graph.shapes.get(node.inputs[0]!)!;
  const planes = shape.length === 4 && shape[3] === 1 ? TO_PLANES.map((axis) => shape[axis]!) : undefined;
  return planes !== undefined && formatShape(planes) === formatShape(graph.shapes.get(node.outputs[0]!)!);
}

function unusedName(base: string, taken: ReadonlySet<string>): string {
  let name = base;
  for (let n = 2; taken.has(name); n++) name = `${base}_${n}`;
  return name;
}
