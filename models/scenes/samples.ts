import { fileURLToPath } from 'node:url';
import { writeScenePngs } from './png.ts';
import { renderScene, SCENE_CLASSES, SCENE_SEEDS } from './scene.ts';

/*
 * Writes the bundled samples, models/samples/: of every class the first scene of the test set, with its mask. Nobody
 * chose them: `node dist/models/scenes/samples.js`.
 */

const folder = fileURLToPath(new URL('../../../models/samples', import.meta.url));
const missing = new Set(SCENE_CLASSES.keys());
for (let seed: number = SCENE_SEEDS.test; missing.size > 0; seed++) {
  const scene = renderScene(seed);
  if (missing.delete(scene.label)) await writeScenePngs(folder, seed, scene);
}
