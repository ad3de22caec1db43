// Runs a command where WebGPU finds an adapter although the machine has no GPU: `node test/support/gpu.mjs node dist/…`.
// The software Vulkan driver SwiftShader comes with the package @sparticuz/chromium; it is unpacked once into
// test/node_modules/.cache. With SALIENT_GPU=native, or another Vulkan driver chosen by VK_ICD_FILENAMES, the command
// runs as it is, on the machine's own GPU.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { brotliDecompressSync } from 'node:zlib';

const modules = join(dirname(dirname(fileURLToPath(import.meta.url))), 'node_modules');
const archives = join(modules, '@sparticuz', 'chromium', 'bin');

/** Unpacks one of the package's archives (`swiftshader`, `al2023`) and returns its folder; undefined if not installed. */
export function unpacked(name) {
  const archive = join(archives, `${name}.tar.br`);
  if (!existsSync(archive)) return undefined;
  const target = join(modules, '.cache', name);
  if (existsSync(target)) return target;
  mkdirSync(dirname(target), { recursive: true });
  const temporary = mkdtempSync(`${target}-`);
  const { status } = spawnSync('tar', ['-x', '-C', temporary], { input: brotliDecompressSync(readFileSync(archive)) });
  if (status !== 0) throw new Error(`could not unpack ${archive}`);
  try {
    renameSync(temporary, target);
  } catch {
    rmSync(temporary, { recursive: true, force: true }); // another process was first
  }
  return target;
}

/** The environment in which Vulkan finds SwiftShader. */
export function gpuEnvironment(environment = process.env) {
  if (environment.SALIENT_GPU === 'native' || environment.VK_ICD_FILENAMES) return environment;
  const folder = unpacked('swiftshader');
  if (folder === undefined) return environment;
  return {
    XDG_RUNTIME_DIR: '/tmp',
    ...environment,
    LD_LIBRARY_PATH: [folder, environment.LD_LIBRARY_PATH].filter(Boolean).join(':'),
    VK_ICD_FILENAMES: join(folder, 'vk_swiftshader_icd.json'),
    SALIENT_WEBGPU: environment.SALIENT_WEBGPU ?? modules,
  };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [command, ...words] = process.argv.slice(2);
  if (command === undefined) {
    console.error('usage: node test/support/gpu.mjs COMMAND [ARGUMENTS...]');
    process.exit(2);
  }
  const child = spawn(command, words, { stdio: 'inherit', env: gpuEnvironment() });
  child.on('error', (error) => {
    console.error(`could not start ${command}: ${error.message}`);
    process.exitCode = 127;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = signal ? 1 : (code ?? 1);
  });
}
