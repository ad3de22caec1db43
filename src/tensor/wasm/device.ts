import { SalientError } from '../../error.ts';
import type { Device, Executable } from '../device.ts';
import type { Program } from '../program.ts';
import { hasNodeModules } from '../runtime.ts';
import { CommandRunner } from './command-runner.ts';
import { ConstantStore } from './constants.ts';
import { WasmExecutable } from './executable.ts';
import { compileKernels, hasRelaxedSimd, hasSimd, type Instance, instantiate } from './instance.ts';
import { WasmMemory } from './memory.ts';
import { Threads } from './threads.ts';

export interface WasmOptions {
  /** 1 to 16 threads; by default one per core. One thread computes on the calling thread itself. */
  readonly threads?: number | undefined;
  /** Relaxed SIMD's multiply-add, which most engines fuse; by default where the engine has it. */
  readonly relaxed?: boolean | undefined;
  /**
   * In browsers, the module of the threads' workers: needed where this package's own lies on another origin (a CDN), from
   * which no worker starts. A module of the page's origin that imports `salient-relevance/browser` will do.
   */
  readonly workerUrl?: string | URL | undefined;
}

const MOST_THREADS = 16;

/**
 * Opens the WebAssembly device: SIMD kernels on threads over shared memory; on one thread where threads cannot be, which
 * the description says. Throws `no-device` where WebAssembly or its SIMD is missing or forbidden.
 */
export async function openWasmDevice(options: WasmOptions = {}): Promise<Device> {
  const wanted = options.threads === undefined ? Math.min(coreCount(), MOST_THREADS) : checked(options.threads);
  if (!(await hasSimd())) {
    throw new SalientError('no-device', 'this engine has no WebAssembly with SIMD; use the reference device');
  }
  const relaxed = options.relaxed ?? (await hasRelaxedSimd());
  if (relaxed && !(await hasRelaxedSimd())) {
    throw new SalientError('no-device', 'this engine has no relaxed SIMD; open the device without it');
  }
  let module: WebAssembly.Module;
  let memory: WasmMemory;
  let instance: Instance;
  try {
    module = await compileKernels(relaxed);
    memory = new WasmMemory();
    instance = instantiate(module, memory.memory);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SalientError('no-device', `WebAssembly does not start (${reason}); use the reference device`, { cause });
  }
  let threads: Threads | undefined;
  let obstacle = threadObstacle();
  if (wanted > 1 && obstacle === undefined) {
    try {
      threads = await Threads.start(wanted, module, memory.memory, options.workerUrl);
    } catch (error) {
      obstacle = `workers do not start: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  const count = threads?.count ?? 1;
  const why = count === 1 && wanted > 1 ? ` (${obstacle})` : '';
  if (why !== '' && globalThis.crossOriginIsolated === true) warnOnce(obstacle!);
  const description = `wasm (${relaxed ? 'relaxed SIMD' : 'SIMD'}, ${count} thread${count === 1 ? '' : 's'}${why})`;
  return new WasmDevice(description, count, memory, new CommandRunner(memory, instance, threads));
}

class WasmDevice implements Device {
  readonly kind = 'wasm';
  readonly description: string;
  readonly threads: number;
  readonly #executables = new Set<WasmExecutable>();
  #open: { readonly memory: WasmMemory; readonly constants: ConstantStore; readonly runner: CommandRunner } | undefined;

  constructor(description: string, threads: number, memory: WasmMemory, runner: CommandRunner) {
    this.description = description;
    this.threads = threads;
    this.#open = { memory, constants: new ConstantStore(memory), runner };
  }

  async prepare(program: Program, options = {}): Promise<Executable> {
    const open = this.#open;
    if (open === undefined) throw new SalientError('closed', 'the device is closed; open another one');
    const executable = new WasmExecutable(program, open, () => this.#executables.delete(executable));
    this.#executables.add(executable);
    try {
      await executable.prepare(options);
    } catch (error) {
      executable.close();
      throw error;
    }
    return executable;
  }

  close(): void {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    open.runner.close();
    for (const executable of [...this.#executables]) executable.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function checked(threads: number): number {
  if (!Number.isInteger(threads) || threads < 1 || threads > MOST_THREADS) {
    throw new SalientError('bad-argument', `threads is ${threads}; expected a whole number from 1 to ${MOST_THREADS}`);
  }
  return threads;
}

function coreCount(): number {
  const cores = globalThis.navigator?.hardwareConcurrency;
  if (cores !== undefined) return cores;
  return hasNodeModules() ? process.getBuiltinModule('node:os').availableParallelism() : 1;
}

/** Why workers cannot share memory here. */
function threadObstacle(): string | undefined {
  if (globalThis.crossOriginIsolated === false) return 'the page is not cross-origin isolated';
  return undefined;
}

let warned = false;

/** Who isolated a page did it for threads: that there are none must not stay unseen. */
function warnOnce(obstacle: string): void {
  if (warned) return;
  warned = true;
  console.warn(`salient-relevance: the page is cross-origin isolated, but wasm runs on one thread: ${obstacle}`);
}
