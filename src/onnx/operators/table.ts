import type { Call } from '../call.ts';
import { lowerConstant, lowerConstantOfShape, lowerGather, lowerShape } from './constant.ts';
import { lowerGemm, lowerMatMul } from './dense.ts';
import {
  lowerAdd,
  lowerCast,
  lowerClip,
  lowerDiv,
  lowerDropout,
  lowerIdentity,
  lowerLeakyRelu,
  lowerMul,
  lowerRelu,
  lowerSigmoid,
  lowerSub,
} from './elementwise.ts';
import {
  lowerConcat,
  lowerFlatten,
  lowerPad,
  lowerReshape,
  lowerSlice,
  lowerSplit,
  lowerSqueeze,
  lowerTranspose,
  lowerUnsqueeze,
} from './layout.ts';
import { lowerBatchNormalization, lowerLogSoftmax, lowerLrn, lowerReduceMean, lowerSoftmax } from './normalisation.ts';
import { lowerAveragePool, lowerConv, lowerGlobalAveragePool, lowerGlobalMaxPool, lowerMaxPool } from './window.ts';

/** One of ONNX's operators: what a node of it may look like, over all operator sets, and what becomes of it. */
export interface Operator {
  readonly attributes: readonly string[];
  /** Fewest and most inputs. */
  readonly inputs: readonly [number, number];
  /** How many outputs may be in use; a further one (a mask, indices, statistics) is refused if something reads it. */
  readonly outputs: number;
  /** Turns the node into canonical ones, infers shapes, or computes constants. */
  readonly lower: (call: Call) => void;
}

const many = Number.POSITIVE_INFINITY;
const windowAttributes = ['auto_pad', 'dilations', 'kernel_shape', 'pads', 'strides'];
const poolAttributes = [...windowAttributes, 'ceil_mode', 'count_include_pad', 'storage_order'];
const broadcastAttributes = ['axis', 'broadcast'];

/** All operators that can be read, by name in ONNX's default domain. */
export const OPERATORS: ReadonlyMap<string, Operator> = new Map(
  Object.entries<Operator>({
    Add: { attributes: broadcastAttributes, inputs: [2, 2], outputs: 1, lower: lowerAdd },
    AveragePool: { attributes: poolAttributes, inputs: [1, 1], outputs: 1, lower: lowerAveragePool },
    BatchNormalization: {
      attributes: ['epsilon', 'is_test', 'momentum', 'spatial', 'training_mode'],
      inputs: [5, 5],
      outputs: 1,
      lower: lowerBatchNormalization,
    },
    Cast: { attributes: ['saturate', 'to'], inputs: [1, 1], outputs: 1, lower: lowerCast },
    Clip: { attributes: ['max', 'min'], inputs: [1, 3], outputs: 1, lower: lowerClip },
    Concat: { attributes: ['axis'], inputs: [1, many], outputs: 1, lower: lowerConcat },
    Constant: {
      attributes: ['value', 'value_float', 'value_floats', 'value_int', 'value_ints'],
      inputs: [0, 0],
      outputs: 1,
      lower: lowerConstant,
    },
    ConstantOfShape: { attributes: ['value'], inputs: [1, 1], outputs: 1, lower: lowerConstantOfShape },
    Conv: { attributes: [...windowAttributes, 'group'], inputs: [2, 3], outputs: 1, lower: lowerConv },
    Div: { attributes: broadcastAttributes, inputs: [2, 2], outputs: 1, lower: lowerDiv },
    Dropout: { attributes: ['is_test', 'ratio', 'seed'], inputs: [1, 3], outputs: 1, lower: lowerDropout },
    Flatten: { attributes: ['axis'], inputs: [1, 1], outputs: 1, lower: lowerFlatten },
    Gather: { attributes: ['axis'], inputs: [2, 2], outputs: 1, lower: lowerGather },
    Gemm: {
      attributes: ['alpha', 'beta', 'broadcast', 'transA', 'transB'],
      inputs: [2, 3],
      outputs: 1,
      lower: lowerGemm,
    },
    GlobalAveragePool: { attributes: [], inputs: [1, 1], outputs: 1, lower: lowerGlobalAveragePool },
    GlobalMaxPool: { attributes: [], inputs: [1, 1], outputs: 1, lower: lowerGlobalMaxPool },
    Identity: { attributes: [], inputs: [1, 1], outputs: 1, lower: lowerIdentity },
    LRN: { attributes: ['alpha', 'beta', 'bias', 'size'], inputs: [1, 1], outputs: 1, lower: lowerLrn },
    LeakyRelu: { attributes: ['alpha'], inputs: [1, 1], outputs: 1, lower: lowerLeakyRelu },
    LogSoftmax: { attributes: ['axis'], inputs: [1, 1], outputs: 1, lower: lowerLogSoftmax },
    MatMul: { attributes: [], inputs: [2, 2], outputs: 1, lower: lowerMatMul },
    MaxPool: { attributes: poolAttributes, inputs: [1, 1], outputs: 1, lower: lowerMaxPool },
    Mul: { attributes: broadcastAttributes, inputs: [2, 2], outputs: 1, lower: lowerMul },
    Pad: { attributes: ['mode', 'paddings', 'pads', 'value'], inputs: [1, 4], outputs: 1, lower: lowerPad },
    ReduceMean: {
      attributes: ['axes', 'keepdims', 'noop_with_empty_axes'],
      inputs: [1, 2],
      outputs: 1,
      lower: lowerReduceMean,
    },
    Relu: { attributes: [], inputs: [1, 1], outputs: 1, lower: lowerRelu },
    Reshape: { attributes: ['allowzero', 'shape'], inputs: [1, 2], outputs: 1, lower: lowerReshape },
    Shape: { attributes: ['end', 'start'], inputs: [1, 1], outputs: 1, lower: lowerShape },
    Sigmoid: { attributes: [], inputs: [1, 1], outputs: 1, lower: lowerSigmoid },
    Slice: { attributes: ['axes', 'ends', 'starts'], inputs: [1, 5], outputs: 1, lower: lowerSlice },
    Softmax: { attributes: ['axis'], inputs: [1, 1], outputs: 1, lower: lowerSoftmax },
    Split: { attributes: ['axis', 'num_outputs', 'split'], inputs: [1, 2], outputs: many, lower: lowerSplit },
    Squeeze: { attributes: ['axes'], inputs: [1, 2], outputs: 1, lower: lowerSqueeze },
    Sub: { attributes: broadcastAttributes, inputs: [2, 2], outputs: 1, lower: lowerSub },
    Sum: { attributes: [], inputs: [1, many], outputs: 1, lower: lowerAdd },
    Transpose: { attributes: ['perm'], inputs: [1, 1], outputs: 1, lower: lowerTranspose },
    Unsqueeze: { attributes: ['axes'], inputs: [1, 2], outputs: 1, lower: lowerUnsqueeze },
  }),
);
