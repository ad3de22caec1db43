import { bundledModelPath } from '../src/cli/bundled.ts';
import { countOption } from '../src/cli/command.ts';
import { DEVICE_OPTIONS, deviceFrom, deviceLine } from '../src/cli/options/device.ts';
import { runScript } from '../src/cli/run-program.ts';
import { loadModel } from '../src/index.ts';
import { renderScene, SCENE_SEEDS } from './scenes/scene.ts';

/*
 * `npm run accuracy`: how often a bundled network names the object, on test scenes that it never saw, measured by this
 * engine's forward pass.
 */

const BATCH = 20;
const MODELS = ['scenes-vgg', 'scenes-alexnet'];

const HELP = `usage: npm run accuracy -- [--count N] [--model NAME ...] [--device DEVICE]

How many of N test scenes (default 2000) the bundled networks name right.`;

const OPTIONS = {
  count: { type: 'string', default: '2000' },
  model: { type: 'string', multiple: true },
  ...DEVICE_OPTIONS,
} as const;

await runScript({ help: HELP, options: OPTIONS }, async ({ values }) => {
  const batches = Math.ceil(countOption(values.count, 'count')! / BATCH);
  using device = await deviceFrom(values);
  console.log(deviceLine(device));
  for (const name of values.model ?? MODELS) {
    using model = await loadModel(device, bundledModelPath(name));
    let right = 0;
    for (let batch = 0; batch < batches; batch++) {
      const scenes = Array.from({ length: BATCH }, (_, index) => renderScene(SCENE_SEEDS.test + batch * BATCH + index));
      const images = scenes.map(({ image }) => image);
      const predictions = await model.predict(images, { top: 1 });
      right += predictions.filter(({ classes }, index) => classes[0]!.index === scenes[index]!.label).length;
    }
    const total = batches * BATCH;
    console.log(`${name}: ${right} of ${total} test scenes right, ${((100 * right) / total).toFixed(1)} %`);
  }
});
