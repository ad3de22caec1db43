import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderScene, SCENE_CLASSES, SCENE_SEEDS } from '../../models/scenes/scene.ts';
import { encodePng } from '../../src/image/codec/png-encode.ts';

/**
 * A data set of scenes in folders named after their classes, each laid half over another one, so that networks err and
 * disagree; and `broken` files that are no pictures.
 */
export async function writeScenes(folder: string, count: number, broken = 0): Promise<void> {
  for (const name of SCENE_CLASSES) mkdirSync(join(folder, name), { recursive: true });
  for (let i = 0; i < count; i++) {
    const [scene, other] = [renderScene(SCENE_SEEDS.test + i), renderScene(SCENE_SEEDS.test + count + i)];
    const data = scene.image.data.map((value, at) => (value + other.image.data[at]!) >> 1);
    const path = join(folder, SCENE_CLASSES[scene.label]!, `${String(i).padStart(5, '0')}.png`);
    writeFileSync(path, await encodePng({ ...scene.image, data }));
  }
  for (let i = 0; i < broken; i++) {
    const bytes = i % 2 === 0 ? 'no picture at all' : Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0);
    writeFileSync(join(folder, SCENE_CLASSES[i % SCENE_CLASSES.length]!, `broken-${i}.png`), bytes);
  }
}
