/*
 * Which runtime this is. Modules of Node are asked for with `process.getBuiltinModule`, never imported, so that no
 * bundler meets a `node:` specifier.
 */

/** Whether Node's modules are there: in Node itself, and in Deno. */
export function hasNodeModules(): boolean {
  return typeof globalThis.process?.getBuiltinModule === 'function';
}

export function isDeno(): boolean {
  return 'Deno' in globalThis;
}

/** The part of Deno that says, without asking the user, whether something is permitted. */
interface DenoPermissions {
  readonly permissions: {
    querySync(permission: { readonly name: 'env'; readonly variable: string }): { readonly state: string };
  };
}

/** An environment variable; undefined where there are none, or where Deno was not permitted to read it. */
export function environmentVariable(name: string): string | undefined {
  if (isDeno()) {
    const { permissions } = (globalThis as unknown as { readonly Deno: DenoPermissions }).Deno;
    if (permissions.querySync({ name: 'env', variable: name }).state !== 'granted') return undefined;
  }
  return globalThis.process?.env?.[name];
}
