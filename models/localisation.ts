import { bundledModelPath } from '../src/cli/bundled.ts';
import { countOption } from '../src/cli/command.ts';
import { DEVICE_OPTIONS, deviceFrom, deviceLine } from '../src/cli/options/device.ts';
import { runScript } from '../src/cli/run-program.ts';
import { gaussianBlur, massInside, pointingGame } from '../src/evaluate/localisation.ts';
import { sumOverChannels } from '../src/image/draw/heatmap.ts';
import { loadModel } from '../src/index.ts';
import { SALIENCY_DEFAULTS } from '../src/saliency/options.ts';
import { renderScene, SCENE_CLASSES, SCENE_SEEDS } from './scenes/scene.ts';

/*
 * `npm run localisation`: does the relevance lie on the object? On test scenes, whose objects' masks are known: the
 * share of positive relevance inside the mask, and how often the maximum is inside (pointing game, Zhang et al. 2018),
 * for relevance, for SR, and, since smooth maps win region measures by construction, for relevance blurred by a Gaussian
 * of SR's width. Prints a Markdown table.
 */

const COMPOSITES = [
  'epsilon-plus',
  'epsilon-plus-flat',
  'epsilon-gamma-box',
  'epsilon-alpha2-beta1',
  'salient-relevance',
] as const;
const BATCH = 4;

const HELP = `usage: npm run localisation -- [--count N] [--model NAME] [--device DEVICE]

Prints how much relevance, SR and blurred relevance lie on the objects of N test scenes (default 200).`;

const OPTIONS = {
  count: { type: 'string', default: '200' },
  model: { type: 'string', default: 'scenes-vgg' },
  ...DEVICE_OPTIONS,
} as const;

interface Score {
  readonly inside: number;
  readonly hit: boolean;
}

function srWidth(pixels: number): number {
  const { patch, scales, size } = SALIENCY_DEFAULTS;
  return mean(scales.map((scale) => patch / scale)) * (pixels / (size as number));
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}

function percent(part: number): string {
  return `${(100 * part).toFixed(1)} %`;
}

await runScript({ help: HELP, options: OPTIONS }, async ({ values }) => {
  const count = countOption(values.count, 'count')!;
  using device = await deviceFrom(values);
  console.log(deviceLine(device));
  using model = await loadModel(device, bundledModelPath(values.model));

  const scenes = Array.from({ length: count }, (_, index) => renderScene(SCENE_SEEDS.test + index));
  const side = scenes[0]!.image.width;
  /** Standard deviation of SR's patches: a box of their mean width over the scales, in pixels of the scene. */
  const sigma = srWidth(side) / Math.sqrt(12);
  const share = mean(scenes.map(({ mask }) => mask.reduce((sum, inside) => sum + (inside ? 1 : 0), 0) / mask.length));
  console.log(`model: ${values.model}; ${count} test scenes; the object covers ${percent(share)} of the image`);
  console.log(`blur: Gaussian of ${sigma.toFixed(2)} pixels\n`);
  console.log(
    '| composite | relevance inside | SR inside | blurred inside | relevance points | SR points | blurred points |',
  );
  console.log('| --- | --- | --- | --- | --- | --- | --- |');
  let right = 0;
  for (const composite of COMPOSITES) {
    const maps = { relevance: [] as Score[], salient: [] as Score[], blurred: [] as Score[] };
    right = 0;
    let next = 0;
    const images = scenes.map(({ image }) => image);
    for await (const explanation of model.explainMany(images, { composite, batch: BATCH })) {
      const { label, mask } = scenes[next++]!;
      if (explanation.classes[0]!.label === SCENE_CLASSES[label]) right++;
      const relevance = Float64Array.from(sumOverChannels(explanation.relevance).data, (value) => Math.max(value, 0));
      const blurred = gaussianBlur(relevance, side, side, sigma);
      for (const [name, map] of Object.entries({ relevance, salient: explanation.salient!.data, blurred })) {
        maps[name as keyof typeof maps].push({ inside: massInside(map, mask), hit: pointingGame(map, mask) });
      }
    }
    const columns = [maps.relevance, maps.salient, maps.blurred];
    const inside = columns.map((scores) => percent(mean(scores.map((score) => score.inside))));
    const hits = columns.map((scores) => percent(mean(scores.map((score) => Number(score.hit)))));
    console.log(`| ${[composite, ...inside, ...hits].join(' | ')} |`);
  }
  console.log(`\naccuracy on these scenes: ${percent(right / count)}`);
});
