import { fileURLToPath } from 'node:url';
import { countOption, numberOption } from '../../src/cli/command.ts';
import { DEVICE_OPTIONS, deviceFrom, deviceLine } from '../../src/cli/options/device.ts';
import { waysFrom } from '../../src/cli/options/ways.ts';
import { Pace } from '../../src/cli/output/progress.ts';
import { runScript } from '../../src/cli/run-program.ts';
import { randomMap, sobel } from '../../src/evaluate/baselines.ts';
import { type Estimate, meanWithInterval } from '../../src/evaluate/bootstrap.ts';
import { massInside, rankAccuracy } from '../../src/evaluate/localisation.ts';
import { sumOverChannels } from '../../src/image/draw/heatmap.ts';
import { type Device, loadModel } from '../../src/index.ts';
import { SALIENCY_DEFAULTS } from '../../src/saliency/options.ts';
import { BACKGROUNDS, type Background, renderTris, SCENARIOS, type Scenario, SIDE, TRIS_SEEDS } from './tris.ts';

/*
 * `npm run tris`: XAI-TRIS. How much of a map lies on the pixels that can tell the class, by construction: rank accuracy
 * (the authors' precision) and share of the map's magnitude (their importance mass accuracy), over the test images that
 * the network gets right, as the authors have it; signs do not count. Beside the maps three that know no network: noise,
 * Sobel's edges, and the magnitude of the image itself.
 */

const HELP = `usage: npm run tris -- [--count N] [--composites LIST] [--methods LIST] [--seed S] [--device DEVICE]

Prints how much of each map lies on the tetrominoes of N test images (default 100) of each kind.`;

const OPTIONS = {
  count: { type: 'string', default: '100' },
  composites: { type: 'string', default: 'epsilon-plus,epsilon-alpha2-beta1,salient-relevance' },
  methods: { type: 'string', default: 'gradient,integrated-gradients,guided-backprop' },
  seed: { type: 'string' },
  ...DEVICE_OPTIONS,
} as const;

/** Images of 64×64 at twice their size: at the 250 of photographs a patch would be a pixel or two. */
const SALIENCY = { ...SALIENCY_DEFAULTS, size: 2 * SIDE };

/** A network's measures by map. */
interface Column {
  readonly title: string;
  readonly accuracy: number;
  readonly share: number;
  readonly rank: ReadonlyMap<string, Estimate>;
  readonly inside: ReadonlyMap<string, Estimate>;
}

/** Where the networks lie: beside the source, not beside what is built. */
const MODELS = new URL('../../../models/tris/', import.meta.url);

await runScript({ help: HELP, options: OPTIONS }, async ({ values }) => {
  const count = countOption(values.count, 'count')!;
  const seed = numberOption(values.seed, 'seed') ?? 1;
  const ways = waysFrom(values.composites, values.methods);
  using device = await deviceFrom(values);
  for (const line of deviceLine(device).split('\n')) console.log(line);
  const kinds = SCENARIOS.flatMap((scenario) => BACKGROUNDS.map((background) => [scenario, background] as const));
  const pace = new Pace();
  const columns: Column[] = [];
  for (const [scenario, background] of kinds) {
    columns.push(await measured(device, scenario, background, { count, seed, ways }));
    pace.update(columns.length, kinds.length);
  }
  pace.clear();
  console.log(
    `${count} test images of each kind; of those that the network gets right, means and half the 95 % interval`,
  );
  console.log('\nRank accuracy:\n');
  for (const line of tableLines(columns, 'rank')) console.log(line);
  console.log('\nShare of the magnitude on the tetrominoes:\n');
  for (const line of tableLines(columns, 'inside')) console.log(line);
});

async function measured(
  device: Device,
  scenario: Scenario,
  background: Background,
  { count, seed, ways }: { count: number; seed: number; ways: ReturnType<typeof waysFrom> },
): Promise<Column> {
  using model = await loadModel(device, fileURLToPath(new URL(`./${scenario}-${background}.onnx`, MODELS)));
  const scores = { rank: new Map<string, number[]>(), inside: new Map<string, number[]>() };
  let [right, share] = [0, 0];
  for (let index = 0; index < count; index++) {
    const { image, label, mask } = renderTris(scenario, background, TRIS_SEEDS.test + index);
    const input = { shape: [1, SIDE, SIDE], data: image };
    const [answer] = await model.predict([input], { top: 1 });
    if (answer!.classes[0]!.index !== label) continue;
    right++;
    share += mask.reduce((sum, value) => sum + value, 0) / mask.length;
    const add = (name: string, map: ArrayLike<number>) => {
      const size = Float64Array.from(map, Math.abs);
      for (const [list, value] of [
        [scores.rank, rankAccuracy(size, mask)],
        [scores.inside, massInside(size, mask)],
      ] as const) {
        list.set(name, [...(list.get(name) ?? []), value]);
      }
    };
    for (const { name, options } of ways) {
      const found = await model.explain(input, { ...options, saliency: SALIENCY });
      add(name, sumOverChannels(found.relevance).data);
      add(`${name}: SR`, found.salient!.data);
    }
    add('random', randomMap(SIDE, SIDE, seed + index).data);
    add('edges', sobel(image, SIDE, SIDE));
    add('the image itself', image);
  }
  const estimates = (from: ReadonlyMap<string, number[]>) =>
    new Map([...from].map(([name, numbers]) => [name, meanWithInterval(numbers, seed)]));
  return {
    title: `${scenario}, ${background}`,
    accuracy: right / count,
    share: share / right,
    rank: estimates(scores.rank),
    inside: estimates(scores.inside),
  };
}

function tableLines(columns: readonly Column[], measure: 'rank' | 'inside'): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const cell = (estimate: Estimate) =>
    `${estimate.mean.toFixed(2)} ±${((estimate.high - estimate.low) / 2).toFixed(2)}`;
  const names = [...columns[0]!.rank.keys()];
  return [
    line(['map', ...columns.map(({ title }) => title)]),
    line(['---', ...columns.map(() => '---')]),
    line(['the network is right', ...columns.map(({ accuracy }) => accuracy.toFixed(2))]),
    line(['share of the pixels', ...columns.map(({ share }) => share.toFixed(2))]),
    ...names.map((name) => line([name, ...columns.map((column) => cell(column[measure].get(name)!))])),
  ];
}
