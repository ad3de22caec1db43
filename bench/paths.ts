import { fileURLToPath } from 'node:url';

/** The root of the repository; compiled, this file stands two folders below it, in dist/bench. */
export const repositoryRoot = fileURLToPath(new URL('../../', import.meta.url));
