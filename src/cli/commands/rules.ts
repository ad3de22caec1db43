import { SalientError } from '../../error.ts';
import { explainProgram } from '../../explain/explain-program.ts';
import type { Graph } from '../../graph/graph.ts';
import { assignments, type Composite, type LayerMatch } from '../../lrp/composite.ts';
import type { Rule } from '../../lrp/rule.ts';
import { workOf } from '../../measure/work.ts';
import { knownModel } from '../../model/known-models.ts';
import { preprocessingFor } from '../../model/own-settings.ts';
import { readForExplaining } from '../../model/reading.ts';
import { readModelFile } from '../../onnx/files.ts';
import { describeModel } from '../../onnx/index.ts';
import { formatShape } from '../../tensor/tensor.ts';
import { type Command, parseWords } from '../command.ts';
import { namedModel } from '../model-path.ts';
import { COMPOSITE_HELP, COMPOSITE_OPTIONS, rulesFrom } from '../options/composite.ts';
import { NETWORK_HELP, NETWORK_OPTIONS, networkFrom } from '../options/network.ts';
import { printJson, printLine } from '../output/print.ts';
import { named } from '../read.ts';

const HELP = `usage: salient rules MODEL [OPTIONS]

Which rule each layer gets, and by which entry of the composite; nothing is computed.

${NETWORK_HELP}
${COMPOSITE_HELP}
  --cost                  per layer: convolutions and products that an explanation takes, and the share of all its
                          floating-point operations, which predicts the share of its time
  --json                  print it as JSON`;

const OPTIONS = { cost: { type: 'boolean' }, ...NETWORK_OPTIONS, ...COMPOSITE_OPTIONS } as const;

export const command: Command = {
  summary: { 'rules MODEL': 'which layer gets which rule, why, and what it costs' },
  help: HELP,
  run,
};

/** What an explanation does at one layer. */
interface Cost {
  readonly forward: number;
  readonly relevance: number;
  /** Of the floating-point operations of both passes. */
  readonly share: number;
}

async function run(words: string[]): Promise<void> {
  const { values, positionals } = parseWords(words, OPTIONS, 'rules');
  const [word, ...others] = positionals;
  if (word === undefined || others.length > 0) {
    throw new SalientError('bad-argument', `expected MODEL, found ${positionals.length}; see \`salient rules --help\``);
  }
  const rulesWith = await rulesFrom(values);
  const { path } = await namedModel(word);
  const { bytes, readExternal } = await readModelFile(path);
  const { graph } = await named(path, readForExplaining(bytes, { readExternal, ...networkFrom(values) }));
  const { metadata } = describeModel(bytes);
  const [preprocessing] = preprocessingFor({}, metadata, await knownModel(bytes), graph);
  const { composite } = await rulesWith(preprocessing);
  const assigned = assignments(graph, composite);
  const costs = values.cost ? costsOf(graph, composite) : undefined;
  const layers = graph.nodes.flatMap(({ name, op, inputs }) => {
    const own = assigned.get(name);
    if (own === undefined) return [];
    return {
      layer: name,
      operator: op,
      weights: graph.shapes.get(inputs[1]!)!,
      rule: own.rule,
      because: own.match,
      ...(costs && { cost: costs.get(name)! }),
    };
  });
  const { pooling, averagePooling = 'norm', lrn, product = 'uniform' } = composite;
  if (values.json) {
    printJson({ file: path, composite: composite.name, pooling, averagePooling, lrn, product, layers });
    return;
  }
  printLine(
    `${path}: ${composite.name}; max pooling by ${pooling}, average pooling by ${averagePooling}, LRN: ${lrn}, products: ${product}`,
  );
  const rows = layers.map(({ layer, operator, weights, rule, because, cost }) => [
    layer,
    operator,
    formatShape(weights),
    ruleText(rule),
    matchText(because),
    ...(cost ? [`${cost.forward} + ${cost.relevance}`, `${(100 * cost.share).toFixed(1)} %`] : []),
  ]);
  const head = ['layer', 'operator', 'weights', 'rule', 'because it is', ...(costs ? ['forward + back', 'share'] : [])];
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)));
  for (const row of [head, ...rows]) {
    printLine(
      `  ${row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd()}`,
    );
  }
}

/** Convolutions and dense products of each layer, and their part in all. */
function costsOf(graph: Graph, composite: Composite): ReadonlyMap<string, Cost> {
  const ways = [{ start: { target: 'predicted', init: 'logit' } }] as const;
  const { program } = explainProgram(graph, { composite, ways, saliency: false, record: [] });
  const work = workOf(program);
  const total = work.reduce((sum, { flops }) => sum + flops, 0);
  const isProduct = (operation: string) => /^(conv|dense|matmul)/.test(operation);
  const costs = new Map<string, Cost>();
  for (const { name } of graph.nodes) {
    const own = work.filter(({ layer }) => layer === name);
    const products = own.filter(({ operation }) => isProduct(operation));
    const forward = products.filter(({ phase }) => phase === 'forward').length;
    const flops = own.reduce((sum, step) => sum + step.flops, 0);
    costs.set(name, { forward, relevance: products.length - forward, share: flops / total });
  }
  return costs;
}

/** A rule with its parameters, as one writes it: `gamma (gamma 0.25)`. */
function ruleText({ rule, ...parameters }: Rule): string {
  const texts = Object.entries(parameters).map(([name, value]) => {
    if (name === 'stabilizer') return `${(value as { kind: string }).kind} ε ${(value as { epsilon: number }).epsilon}`;
    return `${name} ${Array.isArray(value) ? value.map((each: number) => Number(each.toPrecision(4))).join('/') : String(value)}`;
  });
  return texts.length > 0 ? `${rule} (${texts.join(', ')})` : rule;
}

/** Why an entry of a composite is for a layer. */
function matchText({ type, first, name, positions, earliest }: LayerMatch): string {
  const parts = [
    ...(first === undefined ? [] : [first ? 'the first layer' : 'not the first layer']),
    ...(type === undefined ? [] : [type === 'conv' ? 'a convolution' : 'dense']),
    ...(name === undefined ? [] : [`named "${name}"`]),
    ...(positions === undefined ? [] : [`at positions ${positions.join(' to ')}`]),
    ...(earliest === undefined ? [] : [`among the first ${(100 * earliest).toFixed(0)} % of them`]),
  ];
  return parts.length > 0 ? parts.join(', ') : 'any layer';
}
