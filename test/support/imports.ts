import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/** Every source file (`.ts`) below some folders of `root`, by its path from there, with the files it imports. */
export type Imports = ReadonlyMap<string, readonly string[]>;

/** Imports, exports from elsewhere and types asked for by `import(…)`: whatever names a file of the project. */
const IMPORT = /\b(?:from|import)\s*\(?\s*'(\.[^']+)'/g;

/** What each file imports, types included; of the project alone, not of packages. */
export function readImports(root: string, folders: readonly string[]): Imports {
  const imports = new Map<string, readonly string[]>();
  for (const folder of folders) {
    for (const entry of readdirSync(join(root, folder), { recursive: true }).map(String).sort()) {
      if (!entry.endsWith('.ts') || entry.includes('node_modules')) continue;
      const file = posix.join(folder, entry.replaceAll('\\', '/'));
      const text = readFileSync(join(root, file), 'utf8');
      const targets = [...text.matchAll(IMPORT)].map(([, target]) => posix.join(posix.dirname(file), target!));
      imports.set(file, [...new Set(targets)]);
    }
  }
  return imports;
}

/**
 * Groups of files each of which reaches every other of its group by imports, in the order of their paths.
 * Source: R. Tarjan, "Depth-first search and linear graph algorithms", 1972.
 */
export function importCircles(imports: Imports): string[][] {
  const order = new Map<string, number>();
  const stack: string[] = [];
  const circles: string[][] = [];
  /** The lowest number that can be reached from a file through files on the stack. */
  function visit(file: string): number {
    const own = order.size;
    order.set(file, own);
    stack.push(file);
    let lowest = own;
    for (const target of imports.get(file) ?? []) {
      const known = order.get(target);
      if (known === undefined) lowest = Math.min(lowest, visit(target));
      else if (stack.includes(target)) lowest = Math.min(lowest, known);
    }
    if (lowest === own) {
      const group = stack.splice(stack.indexOf(file));
      if (group.length > 1 || imports.get(file)?.includes(file)) circles.push(group.sort());
    }
    return lowest;
  }
  for (const file of imports.keys()) if (!order.has(file)) visit(file);
  return circles.sort();
}
