import { join } from 'node:path';
import { bundledModelPath, modelsFolder } from '../src/cli/bundled.ts';
import { deviceLine } from '../src/cli/options/device.ts';
import { writeFileAtomically } from '../src/cli/output/files.ts';
import { readInput } from '../src/cli/read.ts';
import { runScript } from '../src/cli/run-program.ts';
import { decodeImage } from '../src/image/codec/decode.ts';
import { encodePng } from '../src/image/codec/png-encode.ts';
import { type MontageRow, montage } from '../src/image/draw/montage.ts';
import { loadModel, openDevice } from '../src/index.ts';

/*
 * `npm start`: explains a few of the bundled scenes with the bundled network, and writes one picture of all of them.
 */

const SCENES = ['snail-2000006', 'fish-2000005', 'cup-2000010', 'car-2000031'];

const HELP = `usage: npm start -- [--out DIR]

Explains a few of the bundled scenes with the bundled network, and writes DIR/scenes.png; DIR is out by default.`;

await runScript({ help: HELP, options: { out: { type: 'string', default: 'out' } } }, async ({ values }) => {
  using device = await openDevice();
  console.log(deviceLine(device));
  using model = await loadModel(device, bundledModelPath());
  const rows: MontageRow[] = [];
  for (const scene of SCENES) {
    const photo = await decodeImage(await readInput(join(modelsFolder, 'samples', `${scene}.png`)));
    const { classes, target, relevance, salient, shown } = await model.explain(photo);
    const [best] = classes;
    console.log(`${scene}: ${best!.label}, ${(100 * best!.probability).toFixed(1)} %`);
    rows.push({
      heading: scene,
      photo: shown!,
      relevance,
      salient: salient!,
      classes: classes.map(({ label, probability, index }) => ({
        label,
        probability,
        explained: index === target.class?.index,
      })),
      notes: ['scenes-vgg, epsilon-plus'],
    });
  }
  const path = join(values.out, 'scenes.png');
  const title = 'Why did the network say so?';
  const subtitle = 'relevance (LRP) and salient relevance of four rendered scenes';
  await writeFileAtomically(path, await encodePng(montage({ title, subtitle, rows })));
  console.log(`\nThe pictures are in ${path}. Yours next: npx salient explain PHOTO.png`);
});
