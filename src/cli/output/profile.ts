import type { StepProfile } from '../../tensor/device.ts';
import { isJoined } from '../../tensor/measured.ts';

/**
 * Prints time per kernel of a run of `batch` images, the slowest first: calls, milliseconds, share, GFLOP/s and GB/s
 * (each byte counted once); and a word on times that are not the device's own.
 */
export function printProfile(profile: readonly StepProfile[], batch: number, say: (line: string) => void): void {
  const kernels = new Map<string, { calls: number; milliseconds: number; flops: number; bytes: number }>();
  let total = 0;
  for (const { phase, operation, milliseconds, flops, bytes } of profile) {
    const key = `${phase} ${operation}`;
    const sum = kernels.get(key) ?? { calls: 0, milliseconds: 0, flops: 0, bytes: 0 };
    sum.calls++;
    sum.milliseconds += milliseconds;
    sum.flops += flops;
    sum.bytes += bytes;
    kernels.set(key, sum);
    total += milliseconds;
  }
  if (batch > 1) say(`  time of the whole batch of ${batch}:`);
  say(
    `  ${'kernel'.padEnd(38)}${'calls'.padStart(6)}${'ms'.padStart(11)}${'share'.padStart(8)}${'GFLOP/s'.padStart(9)}${'GB/s'.padStart(8)}`,
  );
  for (const [name, { calls, milliseconds, flops, bytes }] of [...kernels].sort(
    ([, a], [, b]) => b.milliseconds - a.milliseconds,
  )) {
    const rate = (amount: number) => (milliseconds > 0 ? (amount / milliseconds / 1e6).toFixed(1) : '-');
    const share = total > 0 ? `${((100 * milliseconds) / total).toFixed(1)} %` : '-';
    say(
      `  ${name.padEnd(38)}${String(calls).padStart(6)}${milliseconds.toFixed(2).padStart(11)}${share.padStart(8)}${rate(flops).padStart(9)}${rate(bytes).padStart(8)}`,
    );
  }
  if (profile.some(({ clock }) => clock === 'round trip')) {
    say('  this GPU has no timestamp queries: times are from submitting a step until its end was reported');
  }
  if (profile.some(isJoined)) {
    say('  small layers make sums of the relevance pass with those of the forward pass, and they are counted there');
  }
  say(`  ${'all'.padEnd(44)}${total.toFixed(2).padStart(11)}`);
}
