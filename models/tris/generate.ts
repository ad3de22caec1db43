import { join } from 'node:path';
import { choiceOption, countOption } from '../../src/cli/command.ts';
import { prepareFolder, writeFileAtomically } from '../../src/cli/output/files.ts';
import { runScript } from '../../src/cli/run-program.ts';
import { writeNpy } from '../../src/tensor/npy.ts';
import { BACKGROUNDS, renderTris, SCENARIOS, SIDE, TRIS_SEEDS } from './tris.ts';

/*
 * Writes XAI-TRIS images for training: for each of the three sets SET.images.npy [N,1,64,64] and SET.labels.npy [N],
 * float32.
 */

const HELP = `usage: node dist/models/tris/generate.js --scenario ${SCENARIOS.join('|')} --background ${BACKGROUNDS.join('|')} --out DIR [--count N]

Writes N images (default 20000) for training and a tenth of them each for validation and test.`;

const OPTIONS = {
  scenario: { type: 'string' },
  background: { type: 'string' },
  count: { type: 'string', default: '20000' },
  out: { type: 'string', default: 'tris' },
} as const;

await runScript({ help: HELP, options: OPTIONS }, async ({ values }) => {
  const scenario = choiceOption(values.scenario, 'scenario', SCENARIOS) ?? 'linear';
  const background = choiceOption(values.background, 'background', BACKGROUNDS) ?? 'white';
  const count = countOption(values.count, 'count')!;
  await prepareFolder(values.out);
  for (const [set, first] of Object.entries(TRIS_SEEDS)) {
    const size = set === 'train' ? count : Math.ceil(count / 10);
    const images = new Float32Array(size * SIDE * SIDE);
    const labels = new Float32Array(size);
    for (let i = 0; i < size; i++) {
      const { image, label } = renderTris(scenario, background, first + i);
      images.set(image, i * SIDE * SIDE);
      labels[i] = label;
    }
    const file = (name: string) => join(values.out, `${set}.${name}.npy`);
    await writeFileAtomically(file('images'), writeNpy({ shape: [size, 1, SIDE, SIDE], data: images }));
    await writeFileAtomically(file('labels'), writeNpy({ shape: [size], data: labels }));
  }
});
