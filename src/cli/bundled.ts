import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SalientError } from '../error.ts';
import { PACKAGE_ROOT } from './package-root.ts';

/** The network that comes with the package. */
export const BUNDLED_MODEL = 'scenes-vgg';

/** The folder of bundled networks and sample scenes. */
export const modelsFolder = fileURLToPath(new URL('models/', PACKAGE_ROOT));

export function bundledModelPath(name = BUNDLED_MODEL): string {
  const path = `${modelsFolder}${name}.onnx`;
  if (existsSync(path)) return path;
  throw new SalientError('io', `the bundled model is missing at ${path}; reinstall the package, or give --model FILE`);
}

/** The names of the networks that come with the package. */
export function bundledModelNames(): string[] {
  return readdirSync(modelsFolder).flatMap((file) => /^(.+)\.onnx$/.exec(file)?.[1] ?? []);
}
