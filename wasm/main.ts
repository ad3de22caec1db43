/**
 * The scheduler: every thread walks the same list of commands in shared memory. A command is a kernel, a number of
 * independent items and the kernel's arguments; threads take items one by one, and go on to the next command when all
 * items of this one are done. Which thread computes an item changes nothing about its result.
 */
import { perform } from './dispatch'; // made by build.js from the exported kernels

/** A command's header; the arguments follow it. */
@unmanaged
class Command {
  kernel: u32;
  items: u32;
  /** The next item to take (atomic). */
  next: u32;
  /** Parts done (atomic). */
  done: u32;
}

const NEXT: usize = offsetof<Command>('next');
const DONE: usize = offsetof<Command>('done');
/** Bytes of a command with its arguments. */
const COMMAND_BYTES: usize = 256;
/** Looks at a counter before a thread goes to sleep on it. */
const SPINS: u32 = 20000;
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
    const items = command.items;
    atomic.store<u32>(control, index, 4);
    for (;;) {
      if (atomic.load<u32>(control) != 0) return;
      const item = atomic.add<u32>(at, 1, NEXT);
      if (item >= items) break;
      perform(command.kernel, item, at + offsetof<Command>(), scratch);
      if (atomic.add<u32>(at, 1, DONE) + 1 == items) atomic.notify(at + DONE, -1);
    }
    let spins: u32 = 0;
    for (;;) {
      const done = atomic.load<u32>(at, DONE);
      if (done >= items) break;
      if (atomic.load<u32>(control) != 0) return;
      if (++spins > SPINS) atomic.wait<i32>(at + DONE, done, NAP);
    }
    at += COMMAND_BYTES;
  }
}
