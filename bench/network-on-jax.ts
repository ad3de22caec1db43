import type { Graph, GraphNode } from '../src/graph/graph.ts';
import { type TensorSource, toFloat32 } from '../src/tensor/source.ts';
import { elementCount } from '../src/tensor/tensor.ts';
import type { Jax, JaxArray } from './jax.ts';

/**
 * A chain of layers in jax-js, as one compiled function of its input [N,C,H,W]: convolutions, dense layers, ReLUs, max
 * pools without padding, and what leaves the numbers as they are. That is AlexNet.
 * @throws where the graph holds anything else.
 */
export function networkOnJax(jax: Jax, graph: Graph): (input: JaxArray) => JaxArray {
  const layers = graph.nodes.map((node) => layerOf(jax, graph, node));
  // Weights are arguments: what a compiled function closes over would be a constant of its kernels.
  const compiled = jax.jit((input, ...weights) => {
    const left = [...weights];
    return layers.reduce((value, layer) => layer.compute(value, left.splice(0, layer.weights.length)), input);
  });
  const weights = layers.flatMap((layer) => layer.weights);
  return (input) => compiled(input, ...weights.map(({ ref }) => ref));
}

interface Layer {
  readonly weights: readonly JaxArray[];
  readonly compute: (x: JaxArray, weights: readonly JaxArray[]) => JaxArray;
}

function layerOf({ lax, nn, numpy }: Jax, graph: Graph, node: GraphNode): Layer {
  const shape = graph.shapes.get(node.outputs[0]!)!;
  const [kernel, bias] = node.inputs.slice(1).map((name) => graph.constants.get(name));
  const array = (source: TensorSource) => numpy.array(Float32Array.from(toFloat32(source)), { shape: source.shape });
  const withBias = (sum: JaxArray, shift: JaxArray | undefined) => (shift === undefined ? sum : sum.add(shift));
  switch (node.op) {
    case 'Conv': {
      if (node.groups !== 1 || node.window.dilations.some((one) => one !== 1)) break;
      const [top, left, bottom, right] = node.window.pads;
      const shift = bias === undefined ? [] : [array(bias).reshape([bias.shape[0]!, 1, 1])];
      const pads = [[top, bottom] as const, [left, right] as const];
      return {
        weights: [array(kernel!), ...shift],
        compute: (x, [w, shift]) => withBias(lax.convGeneralDilated(x, w!, node.window.strides, pads), shift),
      };
    }
    case 'Dense': {
      const own = node.weights === 'oi' ? array(kernel!).transpose() : array(kernel!);
      const weights = bias === undefined ? [own] : [own, array(bias)];
      return { weights, compute: (x, [w, shift]) => withBias(numpy.matmul(x, w!), shift) };
    }
    case 'Relu':
      return { weights: [], compute: (x) => nn.relu(x) };
    case 'MaxPool': {
      const { strides, pads } = node.window;
      if (pads.some((one) => one > 0)) break;
      return { weights: [], compute: (x) => lax.reduceWindow(x, numpy.max, node.window.kernel, strides) };
    }
    case 'AveragePool':
      if (elementCount(node.window.kernel) > 1 || elementCount(node.window.strides) > 1) break;
      return { weights: [], compute: (x) => x };
    case 'Reshape':
      return { weights: [], compute: (x) => x.reshape(shape) };
  }
  throw new Error(`cannot build ${node.op} "${node.name}": this peer runs AlexNet`);
}
