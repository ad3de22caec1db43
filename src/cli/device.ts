import { openDevice } from '../open-device.ts';
import type { Device } from '../tensor/device.ts';
import { choiceOption } from './command.ts';

/** Opens the device that `--device` names; `auto` where it names none. */
export async function deviceFrom(value: string | undefined): Promise<Device> {
  return openDevice(choiceOption(value, 'device', ['auto', 'webgpu', 'wasm', 'reference']));
}

/** What is printed of the device that a command uses, with the reason where it was chosen automatically. */
export function deviceLine({ description, choice }: Device): string {
  return choice === undefined ? `device: ${description}` : `device: ${description}\n        ${choice}`;
}
