import { fileURLToPath } from 'node:url';

/** The root of the repository; compiled tests stand three folders below it, in dist/test/support. */
export const repositoryRoot = fileURLToPath(new URL('../../../', import.meta.url));

/** Reference tensors that every clone has. */
export const goldenFolder = `${repositoryRoot}test/golden/`;

/** The folder with extra material (photographs, whole networks), where the environment names one. */
export const fixtures: string | undefined = process.env.SALIENT_FIXTURES || undefined;
