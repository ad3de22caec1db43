import { join } from 'node:path';
import { writeFileAtomically } from '../../src/cli/output/files.ts';
import { encodePng } from '../../src/image/codec/png-encode.ts';
import { SCENE_CLASSES, type Scene } from './scene.ts';

/** Writes `<class>-<seed>.png` and, white on black, `<class>-<seed>.mask.png` into a folder. */
export async function writeScenePngs(folder: string, seed: number, scene: Scene): Promise<void> {
  const stem = join(folder, `${SCENE_CLASSES[scene.label]}-${seed}`);
  await writeFileAtomically(`${stem}.png`, await encodePng(scene.image));
  const white = Uint8Array.from(scene.image.data, (_, i) => 255 * scene.mask[Math.floor(i / 3)]!);
  await writeFileAtomically(`${stem}.mask.png`, await encodePng({ ...scene.image, data: white }));
}
