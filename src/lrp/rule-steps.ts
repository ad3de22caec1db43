import type { ReverseStep } from '../forward/operators/operator.ts';
import type { NodeOf } from '../graph/graph.ts';
import { expandParts, sumParts } from '../kernels/parts/operation.ts';
import { type Quotient, quotient } from '../kernels/quotient/operation.ts';
import type { BufferId } from '../tensor/program.ts';
import { isOwnOutput, type RelevanceAnalysis } from './analysis.ts';
import type { LayerKernels } from './layer-kernels.ts';
import type { LedgerBuilder } from './ledger-builder.ts';

/** Adds the four steps of a rule (see {@link RuleForm}) for a convolution or dense layer. */
export function addRuleSteps(
  { builder, node, arriving, value, shape }: ReverseStep<NodeOf<'Conv' | 'Dense'>>,
  { groups, forward, back, view, asInput }: LayerKernels,
  { forms, ownOutput }: RelevanceAnalysis,
  ledger: LedgerBuilder,
): BufferId[] {
  const form = forms.get(node.name)!;
  const { maps, signed, scales, stabilizer, expansion } = form;
  const [input, weightName, biasName] = node.inputs as [string, string, string | undefined];
  const relevance = view(arriving);
  const a = view(value(input));
  const x = expansion === undefined ? a : builder.add(expandParts({ expansion, groups }), [a]);
  const weights = value(weightName);
  const bias = form.bias && biasName !== undefined ? [value(biasName)] : [];
  const own = ownOutput.get(node.name)!;

  let z: BufferId | undefined;
  let s: BufferId;
  const forwardStep = (epilogue: 'none' | Quotient, last: BufferId[]) =>
    builder.add(forward({ maps, signed, bias: bias.length > 0, epilogue }), [x, weights, ...bias, ...last]);
  if (isOwnOutput(form)) {
    z = view(value(own));
    s = builder.add(quotient({ scales, stabilizer, groups }), [relevance, z]);
  } else if (form.branch || stabilizer.kind !== 'absolute' || builder.shares) {
    // A denominator by itself is what several ways back can share; else it is divided by as soon as it is there.
    z = forwardStep('none', []);
    const branch = form.branch ? [view(value(own))] : [];
    s = builder.add(quotient({ scales, stabilizer, groups, branch: form.branch }), [relevance, z, ...branch]);
  } else {
    s = forwardStep({ scales, stabilizer }, [relevance]);
  }

  const factor = form.times ? [x] : [];
  const stacked = builder.add(back({ maps, product: form.times }), [s, weights, ...factor]);
  const parts = maps[0]!.length;
  const result = parts === 1 ? stacked : builder.add(sumParts({ parts, groups }), [stacked]);
  ledger.absorbed({ layer: node.name, batch: shape(input)[0]!, form, groups, relevance, s, z, bias });
  return [asInput(result)];
}
