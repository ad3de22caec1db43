import type { Device } from '../../src/tensor/device.ts';

/** A device that the behaviour tests compare with `reference`. */
export interface ComparedDevice {
  readonly name: string;
  open(): Promise<Device>;
}

/** The devices of this run; a device that cannot be had here says so loudly. */
export async function comparedDevices(): Promise<ComparedDevice[]> {
  return [];
}
