/** The package's folder: compiled, this module stands in dist/src/cli; as source, which Deno runs, in src/cli. */
export const PACKAGE_ROOT = new URL(import.meta.url.endsWith('.ts') ? '../../' : '../../../', import.meta.url);
