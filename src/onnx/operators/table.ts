import type { Call } from '../call.ts';
import { lowerConstant, lowerConstantOfShape, lowerGather, lowerShape } from './constant.ts';
import { lowerConvTranspose } from './conv-transpose.ts';
import { lowerGemm, lowerMatMul } from './dense.ts';
import {
  lowerAdd,
  lowerCast,
  lowerClip,
  lowerDiv,
  lowerDropout,
  lowerExtreme,
  lowerIdentity,
  lowerLeakyRelu,
  lowerMul,
  lowerRelu,
  lowerSigmoid,
  lowerSub,
} from './elementwise.ts';
import { lowerDequantizeLinear, lowerExpand, lowerFolded, lowerRange, lowerScatterND, lowerTile } from './folded.ts';
import {
  lowerCelu,
  lowerElu,
  lowerFunction,
  lowerGelu,
  lowerHardSigmoid,
  lowerNeg,
  lowerPow,
  lowerPRelu,
  lowerSelu,
} from './functions.ts';
import {
  lowerConcat,
  lowerDepthToSpace,
  lowerFlatten,
  lowerPad,
  lowerReshape,
  lowerSlice,
  lowerSplit,
  lowerSqueeze,
  lowerTranspose,
  lowerUnsqueeze,
} from './layout.ts';
import {
  lowerBatchNormalization,
  lowerGroupNormalization,
  lowerInstanceNormalization,
  lowerLayerNormalization,
  lowerLogSoftmax,
  lowerLrn,
  lowerSoftmax,
} from './normalisation.ts';
import { lowerFixedReduction, lowerReduceL2, lowerReduceMax, lowerReduceMean, lowerReduceSum } from './reduction.ts';
import { lowerResize } from './resize.ts';
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
const reduceAttributes = ['axes', 'keepdims', 'noop_with_empty_axes'];

/** A function of each element of one input. */
const unary = (lower: (call: Call) => void, ...attributes: string[]): Operator => {
  return { attributes, inputs: [1, 1], outputs: 1, lower };
};
/** An operator of constants alone, with so many inputs. */
const folded = (inputs: number, lower: (call: Call) => void): Operator => {
  return { attributes: [], inputs: [inputs, inputs], outputs: 1, lower };
};
const reduction = (lower: (call: Call) => void): Operator => {
  return { attributes: reduceAttributes, inputs: [1, 2], outputs: 1, lower };
};

/** All operators that can be read, by name in ONNX's default domain. */
export const OPERATORS: ReadonlyMap<string, Operator> = new Map(
  Object.entries<Operator>({
    Abs: unary(lowerFunction('abs')),
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
    And: folded(
      2,
      lowerFolded('bool', (a, b) => a !== 0 && b !== 0),
    ),
    Ceil: folded(
      1,
      lowerFolded('number', (a) => Math.ceil(a!)),
    ),
    Celu: unary(lowerCelu, 'alpha'),
    ConvTranspose: {
      attributes: [...windowAttributes, 'group', 'output_padding', 'output_shape'],
      inputs: [2, 3],
      outputs: 1,
      lower: lowerConvTranspose,
    },
    DepthToSpace: unary(lowerDepthToSpace, 'blocksize', 'mode'),
    DequantizeLinear: {
      attributes: ['axis', 'block_size', 'output_dtype'],
      inputs: [2, 3],
      outputs: 1,
      lower: lowerDequantizeLinear,
    },
    Elu: unary(lowerElu, 'alpha'),
    Equal: folded(
      2,
      lowerFolded('bool', (a, b) => a === b),
    ),
    Erf: unary(lowerFunction('erf')),
    Exp: unary(lowerFunction('exp')),
    Expand: { attributes: [], inputs: [2, 2], outputs: 1, lower: lowerExpand },
    Floor: folded(
      1,
      lowerFolded('number', (a) => Math.floor(a!)),
    ),
    Gelu: unary(lowerGelu, 'approximate'),
    Greater: folded(
      2,
      lowerFolded('bool', (a, b) => a! > b!),
    ),
    GreaterOrEqual: folded(
      2,
      lowerFolded('bool', (a, b) => a! >= b!),
    ),
    GroupNormalization: {
      attributes: ['epsilon', 'num_groups', 'stash_type'],
      inputs: [3, 3],
      outputs: 1,
      lower: lowerGroupNormalization,
    },
    HardSigmoid: unary(lowerHardSigmoid, 'alpha', 'beta'),
    HardSwish: unary(lowerFunction('hard-swish')),
    InstanceNormalization: { attributes: ['epsilon'], inputs: [3, 3], outputs: 1, lower: lowerInstanceNormalization },
    LayerNormalization: {
      attributes: ['axis', 'epsilon', 'stash_type'],
      inputs: [2, 3],
      outputs: 1,
      lower: lowerLayerNormalization,
    },
    Less: folded(
      2,
      lowerFolded('bool', (a, b) => a! < b!),
    ),
    LessOrEqual: folded(
      2,
      lowerFolded('bool', (a, b) => a! <= b!),
    ),
    Log: unary(lowerFunction('log')),
    Max: { attributes: [], inputs: [1, many], outputs: 1, lower: lowerExtreme(true) },
    Min: { attributes: [], inputs: [1, many], outputs: 1, lower: lowerExtreme(false) },
    Mod: {
      ...folded(
        2,
        lowerFolded('number', (a, b) => a! - b! * Math.floor(a! / b!)),
      ),
      attributes: ['fmod'],
    },
    Neg: unary(lowerNeg),
    Not: folded(
      1,
      lowerFolded('bool', (a) => a === 0),
    ),
    Or: folded(
      2,
      lowerFolded('bool', (a, b) => a !== 0 || b !== 0),
    ),
    PRelu: { attributes: [], inputs: [2, 2], outputs: 1, lower: lowerPRelu },
    Pow: { attributes: broadcastAttributes, inputs: [2, 2], outputs: 1, lower: lowerPow },
    Range: folded(3, lowerRange),
    Reciprocal: unary(lowerFunction('reciprocal')),
    ReduceL2: reduction(lowerReduceL2),
    ReduceMax: reduction(lowerReduceMax),
    ReduceMin: reduction(lowerFixedReduction(Math.min)),
    ReduceProd: reduction(lowerFixedReduction((a, b) => a * b)),
    ReduceSum: reduction(lowerReduceSum),
    Resize: {
      attributes: [
        ...['antialias', 'axes', 'coordinate_transformation_mode', 'cubic_coeff_a', 'exclude_outside'],
        ...['extrapolation_value', 'keep_aspect_ratio_policy', 'mode', 'nearest_mode'],
      ],
      inputs: [1, 4],
      outputs: 1,
      lower: lowerResize,
    },
    ScatterND: { ...folded(3, lowerScatterND), attributes: ['reduction'] },
    Selu: unary(lowerSelu, 'alpha', 'gamma'),
    Softplus: unary(lowerFunction('softplus')),
    Softsign: unary(lowerFunction('softsign')),
    Sqrt: unary(lowerFunction('sqrt')),
    Tanh: unary(lowerFunction('tanh')),
    Tile: { attributes: [], inputs: [2, 2], outputs: 1, lower: lowerTile },
    Upsample: { attributes: ['mode', 'scales'], inputs: [1, 2], outputs: 1, lower: lowerResize },
    Where: folded(
      3,
      lowerFolded('number', (condition, a, b) => (condition !== 0 ? a! : b!)),
    ),
    Unsqueeze: { attributes: ['axes'], inputs: [1, 2], outputs: 1, lower: lowerUnsqueeze },
  }),
);
