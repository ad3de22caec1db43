import { SalientError } from '../../error.ts';
import { environmentVariable } from '../runtime.ts';
import { REMEDY } from './remedy.ts';

interface DawnModule {
  create(flags: readonly string[]): GPU;
}

/**
 * Timestamps are for profiles; Dawn would round them to 0.1 ms. All kernels write workgroup memory before they read it;
 * clearing it first makes some drivers compile ten times longer.
 */
const FLAGS = ['disable-dawn-features=timestamp_quantization', 'enable-dawn-features=disable_workgroup_init'];

/** Kept: Dawn's objects do not keep their instance alive. */
let instance: GPU | undefined;

/**
 * Dawn from the optional package `webgpu`: looked for beside this package, from the working directory, then at
 * SALIENT_WEBGPU (a folder `node_modules`, or one that holds it).
 */
export async function loadDawn(): Promise<GPU> {
  if (instance) return instance;
  const path = dawnPath();
  if (path === undefined) throw new SalientError('no-device', `WebGPU is not installed: ${REMEDY}`);
  try {
    const { pathToFileURL } = process.getBuiltinModule('node:url');
    const dawn = (await import(/* @vite-ignore */ /* webpackIgnore: true */ pathToFileURL(path).href)) as DawnModule;
    instance = dawn.create(FLAGS);
    return instance;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new SalientError('no-device', `WebGPU (${path}) could not be loaded: ${reason}; ${REMEDY}`, { cause });
  }
}

function dawnPath(): string | undefined {
  const { createRequire } = process.getBuiltinModule('node:module');
  const { join } = process.getBuiltinModule('node:path');
  const { pathToFileURL } = process.getBuiltinModule('node:url');
  const chosen = environmentVariable('SALIENT_WEBGPU');
  const origins = [import.meta.url, pathToFileURL(join(process.cwd(), 'package.json')).href];
  if (chosen) origins.push(pathToFileURL(join(chosen, 'package.json')).href);
  for (const origin of origins) {
    try {
      return createRequire(origin).resolve('webgpu');
    } catch {
      // Not here: look at the next place.
    }
  }
  return undefined;
}
