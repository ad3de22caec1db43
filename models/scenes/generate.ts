import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeFileAtomically } from '../../src/cli/output/files.ts';
import { SalientError } from '../../src/error.ts';
import { writeScenePngs } from './png.ts';
import { renderScene, SCENE_CLASSES } from './scene.ts';

/*
 * Writes scenes for training: images.npy [N, size, size, 3], labels.npy [N], masks.npy [N, size, size] (all uint8) and
 * classes.json; with --png also one picture and one mask a scene.
 */

const USAGE = 'node dist/models/scenes/generate.js --count N [--first-seed S] [--size 128] --out DIR [--png]';

function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least) {
    throw new SalientError(
      'bad-argument',
      `--${name} is "${text}", but must be a whole number from ${least} on; usage: ${USAGE}`,
    );
  }
  return value;
}

/** NumPy's .npy, version 1.0, of bytes in C order. */
function npyOfBytes(shape: readonly number[], data: Uint8Array): Uint8Array {
  const header = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`;
  const padded = header.padEnd(64 * Math.ceil((header.length + 11) / 64) - 11, ' ');
  const length = Uint8Array.of((padded.length + 1) & 255, (padded.length + 1) >> 8);
  return Buffer.concat([
    Buffer.from('\x93NUMPY\x01\x00', 'latin1'),
    length,
    Buffer.from(`${padded}\n`, 'latin1'),
    data,
  ]);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      count: { type: 'string' },
      'first-seed': { type: 'string', default: '0' },
      size: { type: 'string', default: '128' },
      out: { type: 'string' },
      png: { type: 'boolean', default: false },
    },
  });
  if (values.count === undefined || values.out === undefined) {
    throw new SalientError('bad-argument', `--count and --out are needed; usage: ${USAGE}`);
  }
  const count = wholeNumber('count', values.count, 1);
  const firstSeed = wholeNumber('first-seed', values['first-seed'], 0);
  const size = wholeNumber('size', values.size, 16);
  const images = new Uint8Array(count * size * size * 3);
  const masks = new Uint8Array(count * size * size);
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const scene = renderScene(firstSeed + i, { size });
    images.set(scene.image.data, i * size * size * 3);
    masks.set(scene.mask, i * size * size);
    labels[i] = scene.label;
    if (values.png) await writeScenePngs(values.out, firstSeed + i, scene);
  }
  await writeFileAtomically(join(values.out, 'images.npy'), npyOfBytes([count, size, size, 3], images));
  await writeFileAtomically(join(values.out, 'masks.npy'), npyOfBytes([count, size, size], masks));
  await writeFileAtomically(join(values.out, 'labels.npy'), npyOfBytes([count], labels));
  await writeFileAtomically(join(values.out, 'classes.json'), Buffer.from(`${JSON.stringify(SCENE_CLASSES)}\n`));
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
