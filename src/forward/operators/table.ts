import type { GraphNode, GraphOp } from '../../graph/graph.ts';
import { add } from './add.ts';
import { affine } from './affine.ts';
import { averagePool } from './average-pool.ts';
import { clip } from './clip.ts';
import { concat } from './concat.ts';
import { conv } from './conv.ts';
import { dense } from './dense.ts';
import { elementwise } from './elementwise.ts';
import { layerNorm } from './layer-norm.ts';
import { leakyRelu } from './leaky-relu.ts';
import { lrn } from './lrn.ts';
import { matmul } from './matmul.ts';
import { maxPool } from './max-pool.ts';
import { mul } from './mul.ts';
import type { Operator } from './operator.ts';
import { pad } from './pad.ts';
import { reduceMean } from './reduce-mean.ts';
import { relu } from './relu.ts';
import { reshape } from './reshape.ts';
import { resize } from './resize.ts';
import { sigmoid } from './sigmoid.ts';
import { softmax } from './softmax.ts';
import { split } from './split.ts';
import { transpose } from './transpose.ts';

/** Every operator of the graph, each in a file of its own. */
export const OPERATORS: { readonly [Op in GraphOp]: Operator<Op> } = {
  Conv: conv,
  Dense: dense,
  MatMul: matmul,
  MaxPool: maxPool,
  AveragePool: averagePool,
  Relu: relu,
  LeakyRelu: leakyRelu,
  Clip: clip,
  Sigmoid: sigmoid,
  Elementwise: elementwise,
  LRN: lrn,
  Affine: affine,
  Add: add,
  Mul: mul,
  Concat: concat,
  Split: split,
  Pad: pad,
  Reshape: reshape,
  Transpose: transpose,
  ReduceMean: reduceMean,
  LayerNorm: layerNorm,
  Resize: resize,
  Softmax: softmax,
};

export function operatorOf<Op extends GraphOp>(node: GraphNode & { readonly op: Op }): Operator<Op> {
  return OPERATORS[node.op];
}
