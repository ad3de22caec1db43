import type { Device } from '../../tensor/device.ts';
import { openDevice } from '../../tensor/open-device.ts';
import { choiceOption } from '../command.ts';

/** The kind of device that an option names, checked. */
export function deviceKind(value: string | undefined, option = 'device') {
  return choiceOption(value, option, ['auto', 'webgpu', 'wasm', 'reference']);
}

/** Opens the device that `--device` names; `auto` where it names none. */
export async function deviceFrom(value: string | undefined): Promise<Device> {
  return openDevice(deviceKind(value));
}

/** What is printed of the device that a command uses, with the reason where it was chosen automatically. */
export function deviceLine({ description, choice }: Device): string {
  return choice === undefined ? `device: ${description}` : `device: ${description}\n        ${choice}`;
}
