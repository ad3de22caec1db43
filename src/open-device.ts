import { SalientError } from './error.ts';
import type { Device, DeviceKind } from './tensor/device.ts';
import { openReferenceDevice } from './tensor/reference.ts';

export type DeviceChoice = DeviceKind | 'auto';

/** Opens a device. Its `description` says what was found. */
export async function openDevice(choice: DeviceChoice = 'auto'): Promise<Device> {
  if (choice === 'reference' || choice === 'auto') return openReferenceDevice();
  throw new SalientError('no-device', `there is no device "${choice}"; choose reference`);
}
