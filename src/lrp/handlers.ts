import { averageAttributes } from '../forward/operators/average-pool.ts';
import { lrnAttributes } from '../forward/operators/lrn.ts';
import { type ReverseStep, summedTo } from '../forward/operators/operator.ts';
import { meanTranspose } from '../forward/operators/reduce-mean.ts';
import { resizeTranspose } from '../forward/operators/resize.ts';
import { OPERATORS } from '../forward/operators/table.ts';
import type { NodeOf } from '../graph/graph.ts';
import { planeOf } from '../graph/questions.ts';
import { multiply } from '../kernels/elementwise/operation.ts';
import { lrnTaylor } from '../kernels/lrn/operation.ts';
import { type AverageAttributes, averagePool, averagePoolTranspose } from '../kernels/pool/operation.ts';
import { type QuotientAttributes, quotient } from '../kernels/quotient/operation.ts';
import { type Handlers, pass, STRUCTURAL } from '../reverse/handlers.ts';
import type { BufferId, ProgramBuilder } from '../tensor/program.ts';
import { elementCount } from '../tensor/tensor.ts';
import type { RelevanceAnalysis } from './analysis.ts';
import { convKernels, denseKernels } from './layer-kernels.ts';
import type { LedgerBuilder } from './ledger-builder.ts';
import { matmulHandler, multiplyHandler, softmaxHandler } from './products.ts';
import { addRuleSteps } from './rule-steps.ts';

const NORM_EPSILON = 1e-6;

/** How relevance goes back through each operator of the graph: docs/lrp.md, "Rules". */
export function relevanceHandlers(analysis: RelevanceAnalysis, ledger: LedgerBuilder): Handlers {
  const { pooling, averagePooling, lrn, product = 'uniform', normEpsilon = NORM_EPSILON } = analysis.composite;
  const stabilizer = { kind: 'absolute', epsilon: normEpsilon } as const;
  /** The quotient step of operators without parameters. */
  const norm: QuotientAttributes = { scales: [1], stabilizer, groups: 1 };
  const divided = (builder: ProgramBuilder, arriving: BufferId, z: BufferId): BufferId => {
    const shape = builder.shape(z);
    if (shape.length >= 2) return builder.add(quotient(norm), [arriving, z]);
    // A network that has taken its batch away has values [K] and [], which are one sample's.
    const sample = (buffer: BufferId) => builder.alias(buffer, [1, elementCount(shape)]);
    return builder.alias(builder.add(quotient(norm), [sample(arriving), sample(z)]), shape);
  };

  /** The rule `norm` of an average pooling: R_j = a_j·poolᵀ(R/stab(z)). */
  const normalised = (
    { builder, node, arriving, value, shape }: ReverseStep<NodeOf<'MaxPool' | 'AveragePool'>>,
    z: BufferId,
    average: AverageAttributes,
  ): BufferId[] => {
    const [input] = node.inputs as [string];
    const s = divided(builder, arriving, z);
    const back = averagePoolTranspose({ ...average, spatial: planeOf(shape(input)), product: true });
    return [builder.add(back, [s, value(input)])];
  };

  return {
    ...STRUCTURAL,
    Conv: (step) => addRuleSteps(step, convKernels(step), analysis, ledger),
    Dense: (step) => addRuleSteps(step, denseKernels(step), analysis, ledger),
    MaxPool(step) {
      const { builder, node, value, shape } = step;
      const output = planeOf(shape(node.outputs[0]!));
      const global = output[0] === 1 && output[1] === 1;
      if (global || pooling === 'winner') return OPERATORS.MaxPool.adjoint(step);
      const divisor = pooling === 'average' ? 'inside' : 'one';
      const average: AverageAttributes = { window: node.window, output, divisor };
      return normalised(step, builder.add(averagePool(average), [value(node.inputs[0]!)]), average);
    },
    AveragePool(step) {
      if (averagePooling === 'uniform') return OPERATORS.AveragePool.adjoint(step);
      const [output] = step.node.outputs as [string];
      return normalised(step, step.value(output), averageAttributes(step.node, step.shape(output)));
    },
    ReduceMean(step) {
      if (averagePooling === 'uniform') return OPERATORS.ReduceMean.adjoint(step);
      const { builder, node, arriving, value, shape } = step;
      const [input] = node.inputs as [string];
      const s = divided(builder, arriving, value(node.outputs[0]!));
      const spread = meanTranspose(builder, s, node.axes, shape(input));
      return [builder.add(multiply(), [spread, value(input)])];
    },
    Add({ builder, node, arriving, value, shape, isConstant }) {
      const s = divided(builder, arriving, value(node.outputs[0]!));
      return node.inputs.map((summand) => {
        if (isConstant(summand)) return undefined;
        return summedTo(builder, builder.add(multiply(), [s, value(summand)]), shape(summand));
      });
    },
    LRN({ builder, node, arriving, value }) {
      if (lrn === 'pass') return [arriving];
      const taylor = lrnTaylor({ ...lrnAttributes(node), epsilon: normEpsilon });
      return [builder.add(taylor, [value(node.inputs[0]!), arriving])];
    },
    Mul: (step) => multiplyHandler(step, product),
    MatMul: (step) => matmulHandler(step, product, stabilizer),
    LayerNorm: pass,
    Resize(step) {
      const { builder, node, arriving, value } = step;
      const s = divided(builder, arriving, value(node.outputs[0]!));
      return [builder.add(multiply(), [resizeTranspose(step, s), value(node.inputs[0]!)])];
    },
    Relu: pass,
    LeakyRelu: pass,
    Clip: pass,
    Sigmoid: pass,
    Elementwise: pass,
    Softmax: softmaxHandler,
    Affine: pass,
  };
}
