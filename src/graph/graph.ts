import type { ElementFunction } from '../tensor/element-function.ts';
import type { TensorSource } from '../tensor/source.ts';
import type { Shape } from '../tensor/tensor.ts';
import type { Window } from '../tensor/window.ts';

export type { ElementFunction, PlainFunction } from '../tensor/element-function.ts';
export type { Window } from '../tensor/window.ts';

/**
 * A network as plain data: what `src/onnx` makes of a file and what planning, LRP and the tools read. It knows neither
 * ONNX nor a device. Every shape is resolved (the batch is chosen when the file is opened), every attribute explicit:
 * no defaults, no `auto_pad`, no negative axes. Nodes are in topological order. Values are named as in the file.
 */
export interface Graph {
  readonly name: string;
  /** The graph's inputs that are no initializers, in the file's order. */
  readonly inputs: readonly GraphValue[];
  /** The graph's outputs, in the file's order. */
  readonly outputs: readonly GraphValue[];
  /** Where the file has several outputs and one was chosen: which and why, for people. */
  readonly chosenOutput?: string;
  /** The file's first input is [N,H,W,C]; here it is [N,C,H,W]. */
  readonly channelsLast?: true;
  /** The file leaves the height or width of its image input open; here they are chosen. */
  readonly openPlane?: true;
  readonly nodes: readonly GraphNode[];
  /** Constants by value name: initializers, Constant nodes, and what canonicalisation computed. */
  readonly constants: ReadonlyMap<string, TensorSource>;
  /** Shapes of all values that nodes read or write, constants included. */
  readonly shapes: ReadonlyMap<string, Shape>;
}

/** An input or output of a graph. */
export interface GraphValue {
  readonly name: string;
  readonly shape: Shape;
}

interface NodeBase {
  /** The node's name in the file; made up (`Conv_3`) where the file has none; unique. */
  readonly name: string;
  /** Value names. An absent optional input is left out, never an empty string. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/**
 * The canonical operators. 1-d and 3-d convolutions and pools are refused by the reader. With
 * `ceil_mode` a pool's last window may reach further than its bottom and right pads say.
 *
 * - `Conv`: inputs x [N,Ci,H,W], w [Co,Ci/groups,kh,kw], optional bias [Co].
 *   With `direct` devices compute it and its transposes as direct sums: see {@link withDirectSums}.
 * - `Dense`: y = x·W (+ b), x [N,I] or [..., I]; w is [O,I] with `weights: 'oi'`, [I,O] with 'io'. Gemm, and MatMul
 *   with a constant right side, become Dense. Gemm's alpha and beta other than 1 are folded into constants.
 * - `MatMul`: two computed operands, batched and broadcast as in numpy.
 * - `MaxPool`, `AveragePool`: global pools become these with the whole plane as the kernel. The number of windows is
 *   that of the output shape.
 * - `Elementwise`: a function of each element that is none of Relu, LeakyRelu, Clip and Sigmoid.
 * - `Affine`: a BatchNormalization that no Conv or Dense precedes, and the same written as sums and products with
 *   constants: y = x·scale[c] + shift[c] (inputs x, scale, shift, per channel on axis 1).
 * - `Add` (n summands), `Mul` (2 factors): broadcast as in numpy; any input may be a constant.
 * - `Mul`: `signal` is the factor that carries what is divided by the other one, a reciprocal.
 * - `LayerNorm`: (x − mean)/√(variance + epsilon) over all axes from `axis` on; inputs x, and constants scale and shift
 *   (or neither) that broadcast to it. InstanceNormalization and GroupNormalization become this between Reshapes.
 * - `Resize`: a linear map of each of the last two axes; inputs x and the constants rows [H',1+T] and columns [W',1+T']:
 *   for each output the first input that it reads and the weights from there on.
 * - `ReduceMean`: the shape of the output says whether the axes are kept.
 * - `Pad`: also a Slice of consecutive elements, with negative pads. Sub and Div become Add and Mul.
 * - `Reshape`: Flatten, Reshape, Squeeze, Unsqueeze: the same numbers in another shape (that of the output).
 * - `Softmax`: with `log` its logarithm, LogSoftmax.
 * - Identity and Dropout are gone; a Constant is in {@link Graph.constants}.
 */
export type GraphNode =
  | (NodeBase & {
      readonly op: 'Conv';
      readonly window: Window;
      readonly groups: number;
      readonly direct?: boolean;
    })
  | (NodeBase & { readonly op: 'Dense'; readonly weights: 'oi' | 'io' })
  | (NodeBase & { readonly op: 'MatMul' })
  | (NodeBase & { readonly op: 'MaxPool'; readonly window: Window })
  | (NodeBase & { readonly op: 'AveragePool'; readonly window: Window; readonly countIncludePad: boolean })
  | (NodeBase & { readonly op: 'Relu' })
  | (NodeBase & { readonly op: 'LeakyRelu'; readonly alpha: number })
  | (NodeBase & { readonly op: 'Clip'; readonly min: number; readonly max: number })
  | (NodeBase & { readonly op: 'Sigmoid' })
  | (NodeBase & { readonly op: 'Elementwise'; readonly fn: ElementFunction })
  | (NodeBase & {
      readonly op: 'LRN';
      readonly size: number;
      readonly alpha: number;
      readonly beta: number;
      readonly bias: number;
    })
  | (NodeBase & { readonly op: 'Affine' })
  | (NodeBase & { readonly op: 'Add' })
  | (NodeBase & { readonly op: 'Mul'; readonly signal?: 0 | 1 })
  | (NodeBase & { readonly op: 'LayerNorm'; readonly axis: number; readonly epsilon: number })
  | (NodeBase & { readonly op: 'Resize' })
  | (NodeBase & { readonly op: 'Concat'; readonly axis: number })
  | (NodeBase & { readonly op: 'Split'; readonly axis: number })
  | (NodeBase & {
      readonly op: 'Pad';
      readonly mode: 'constant' | 'reflect' | 'edge';
      /** Before each axis, then after each axis (ONNX's order); negative values crop. */
      readonly pads: readonly number[];
      readonly value: number;
    })
  | (NodeBase & { readonly op: 'Reshape' })
  | (NodeBase & { readonly op: 'Transpose'; readonly permutation: readonly number[] })
  | (NodeBase & { readonly op: 'ReduceMean'; readonly axes: readonly number[] })
  | (NodeBase & { readonly op: 'Softmax'; readonly axis: number; readonly log?: true });

/** Names of the canonical operators. */
export type GraphOp = GraphNode['op'];

/** A node of one operator. */
export type NodeOf<Op extends GraphOp> = Extract<GraphNode, { readonly op: Op }>;

/**
 * The graph with convolutions as direct sums only. Winograd's algorithm, which devices use in large layers, rounds a
 * result by its place in a tile: two places that see the same pattern then differ in the last digits, and which of them
 * wins a max pooling is left to chance. Photographs hardly hold such places; drawings, text and digits are full of them.
 */
export function withDirectSums(graph: Graph): Graph {
  const nodes = graph.nodes.map((node): GraphNode => (node.op === 'Conv' ? { ...node, direct: true } : node));
  return { ...graph, nodes };
}
