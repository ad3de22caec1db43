/**
 * The scheduler: every thread walks the same list of commands in shared memory. A command is a kernel, a number of
 * independent parts and the kernel's arguments; threads take parts one by one, and go on to the next command when all
 * parts of this one are done. Which thread computes a part changes nothing about its result.
 */
import { multiplyAddChain } from './chain';
import { foldColumns, multiplyColumns, packColumns } from './conv';
import { denseColumns, denseRows, finishDense } from './dense';
import { activation, attenuate, walk } from './elementwise';
import { absorbed, joinAbsorbed, joinStatistics, statistics } from './ledger';
import { lrn, lrnTaylor } from './lrn';
import { expandParts, sumParts } from './parts';
import { patchSaliency } from './patch-saliency';
import { meanPatch, packPatches, patches } from './patches';
import { focusColumns, focusDistance, lab, normalize, resample, sumPlane } from './pixels';
import { averagePool, averagePoolTranspose, maxPool, maxPoolTranspose } from './pool';
import { quotients, sumSquares } from './quotient';
import { seed, softmax } from './rows';
import { packFold, packWeights, packWinograd } from './weights';
import { multiplyTiles, transformTiles } from './winograd';

/** A command's header; the arguments follow it. */
@unmanaged
class Command {
  kernel: u32;
  parts: u32;
  /** The next part to take (atomic). */
  next: u32;
  /** Parts done (atomic). */
  done: u32;
}

const NEXT: usize = offsetof<Command>('next');
const DONE: usize = offsetof<Command>('done');
/** Bytes of a command with its arguments. */
const COMMAND_BYTES: usize = 256;
/** Looks at a counter before a thread goes to sleep on it. */
const SPINS: u32 = 2000;
/** A sleeping thread looks at the abort flag this often, in nanoseconds. */
const NAP: i64 = 5_000_000;

/**
 * Walks `count` commands. `control` is the address of the abort flag, followed by the number of commands begun; `scratch`
 * is this thread's own memory.
 */
export function run(commands: usize, count: u32, control: usize, scratch: usize): void {
  let at = commands;
  for (let index: u32 = 0; index < count; index++) {
    const command = changetype<Command>(at);
    const parts = command.parts;
    atomic.store<u32>(control, index, 4);
    for (;;) {
      if (atomic.load<u32>(control) != 0) return;
      const part = atomic.add<u32>(at, 1, NEXT);
      if (part >= parts) break;
      perform(command.kernel, part, at + offsetof<Command>(), scratch);
      if (atomic.add<u32>(at, 1, DONE) + 1 == parts) atomic.notify(at + DONE, -1);
    }
    let spins: u32 = 0;
    for (;;) {
      const done = atomic.load<u32>(at, DONE);
      if (done >= parts) break;
      if (atomic.load<u32>(control) != 0) return;
      if (++spins > SPINS) atomic.wait<i32>(at + DONE, done, NAP);
    }
    at += COMMAND_BYTES;
  }
}

/** The kernels by number: the order of KERNELS in src/tensor/wasm/kernels.ts. */
function perform(kernel: u32, part: u32, args: usize, scratch: usize): void {
  switch (kernel) {
    case 0:
      return activation(part, args);
    case 1:
      return packWeights(part, args);
    case 2:
      return packWinograd(part, args, scratch);
    case 3:
      return packColumns(part, args, scratch);
    case 4:
      return multiplyColumns(part, args, scratch);
    case 5:
      return transformTiles(part, args, scratch);
    case 6:
      return multiplyTiles(part, args, scratch);
    case 7:
      return denseRows(part, args);
    case 8:
      return denseColumns(part, args);
    case 9:
      return finishDense(part, args);
    case 10:
      return sumSquares(part, args);
    case 11:
      return quotients(part, args);
    case 12:
      return packFold(part, args);
    case 13:
      return foldColumns(part, args);
    case 14:
      return statistics(part, args);
    case 15:
      return joinStatistics(part, args);
    case 16:
      return absorbed(part, args);
    case 17:
      return joinAbsorbed(part, args);
    case 18:
      return maxPool(part, args);
    case 19:
      return maxPoolTranspose(part, args);
    case 20:
      return averagePool(part, args);
    case 21:
      return averagePoolTranspose(part, args);
    case 22:
      return expandParts(part, args);
    case 23:
      return sumParts(part, args);
    case 24:
      return multiplyAddChain(part, args);
    case 25:
      return patches(part, args);
    case 26:
      return meanPatch(part, args);
    case 27:
      return packPatches(part, args);
    case 28:
      return patchSaliency(part, args, scratch);
    case 29:
      return resample(part, args, scratch);
    case 30:
      return normalize(part, args);
    case 31:
      return sumPlane(part, args);
    case 32:
      return focusColumns(part, args);
    case 33:
      return focusDistance(part, args, scratch);
    case 34:
      return attenuate(part, args);
    case 35:
      return walk(part, args);
    case 36:
      return lrn(part, args);
    case 37:
      return lrnTaylor(part, args);
    case 38:
      return softmax(part, args);
    case 39:
      return seed(part, args);
    case 40:
      return lab(part, args);
  }
}
