import type { Device } from '../../tensor/device.ts';
import { openDevice } from '../../tensor/open-device.ts';
import { choiceOption, countOption } from '../command.ts';

export const DEVICE_OPTIONS = { device: { type: 'string' }, threads: { type: 'string' } } as const;

/** The kind of device that an option names, checked. */
export function deviceKind(value: string | undefined, option = 'device') {
  return choiceOption(value, option, ['auto', 'webgpu', 'wasm', 'reference']);
}

/** Opens the device that `--device` names (`auto` where it names none), with `--threads`. */
export async function deviceFrom(values: {
  readonly device?: string | undefined;
  readonly threads?: string | undefined;
}): Promise<Device> {
  const threads = countOption(values.threads, 'threads');
  return openDevice(deviceKind(values.device), threads === undefined ? {} : { threads });
}

/** What is printed of the device that a command uses, with the reason where it was chosen automatically. */
export function deviceLine({ description, choice }: Device): string {
  return choice === undefined ? `device: ${description}` : `device: ${description}\n        ${choice}`;
}
