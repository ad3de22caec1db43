import { INCLUDES, type IncludeName, SHADERS, type ShaderName } from './shaders.generated.ts';

export type { ShaderName };

/** Values of a shader's `override` declarations. */
export type Constants = Readonly<Record<string, number | boolean>>;

/** One `var<storage>` of a shader, in the order of its bindings. */
export interface Binding {
  readonly name: string;
  readonly access: 'read' | 'read_write';
}

/** A shader with its constants baked in: WGSL ready to be compiled. */
export interface Shader {
  readonly name: ShaderName;
  readonly code: string;
  readonly bindings: readonly Binding[];
  readonly workgroup: readonly [number, number, number];
}

/**
 * Makes WGSL from `shaders/FAMILY/NAME.wgsl`: lines `// @include PART` are replaced by `shaders/include/PART.wgsl`, each
 * `override` becomes a `const` of the given value (so that array sizes may depend on it), and loops marked `// @unroll`
 * are written out. Constants and declarations must match one to one: a name missing on either side is an error.
 */
export function specialize(name: ShaderName, constants: Constants): Shader {
  const used = new Set<string>();
  const text = included(SHADERS[name]).replaceAll(
    /^override (\w+): (u32|i32|f32|bool);/gm,
    (_, constant: string, type: string) => {
      const value = constants[constant];
      if (value === undefined) throw new Error(`shader ${name}: no value for "${constant}"`);
      used.add(constant);
      return `const ${constant}: ${type} = ${literal(value, type, `${name}.${constant}`)};`;
    },
  );
  for (const constant of Object.keys(constants)) {
    if (!used.has(constant)) throw new Error(`shader ${name} declares no override "${constant}"`);
  }
  const code = unrolled(text, constants);
  return { name, code, bindings: bindingsOf(code), workgroup: workgroupOf(code, constants) };
}

/** A WGSL literal of a type. */
export function literal(value: number | boolean, type: string, what: string): string {
  if (type === 'bool' && typeof value === 'boolean') return String(value);
  if (typeof value === 'number' && type !== 'bool' && Number.isFinite(Math.fround(value))) {
    if (type === 'f32') return `${value}f`;
    if (Number.isInteger(value) && (type === 'i32' || value >= 0)) return `${value}${type === 'i32' ? 'i' : 'u'}`;
  }
  throw new Error(`${what} is ${type}, but its value is ${value}`);
}

/** The text with its includes, each once. */
function included(text: string, known = new Set<string>()): string {
  return text.replaceAll(/^\/\/ @include (\S+)$/gm, (_, name: string) => {
    if (!Object.hasOwn(INCLUDES, name)) throw new Error(`there is no shaders/include/${name}.wgsl`);
    if (known.has(name)) return '';
    known.add(name);
    return included(INCLUDES[name as IncludeName], known);
  });
}

/** Writes out each `for (var i = 0u; i < LIMIT; i++) { // @unroll`, innermost loops last. */
function unrolled(text: string, constants: Constants): string {
  const loop = /^( *)for \(var (\w+) = 0u; \2 < (\w+); \2\+\+\) \{ \/\/ @unroll\n([\s\S]*?)^\1\}$/m;
  let code = text;
  for (let match = loop.exec(code); match; match = loop.exec(code)) {
    const [whole, indent, variable, limit, body] = match as unknown as [string, string, string, string, string];
    const count = Number(constants[limit] ?? limit.replace(/u$/, ''));
    if (!Number.isInteger(count)) throw new Error(`cannot unroll a loop up to ${limit}`);
    const name = new RegExp(`\\b${variable}\\b`, 'g');
    const copies = Array.from({ length: count }, (_, i) => `${indent}{\n${body.replace(name, `${i}u`)}${indent}}`);
    code = code.slice(0, match.index) + copies.join('\n') + code.slice(match.index + whole.length);
  }
  return code;
}

function bindingsOf(code: string): Binding[] {
  const bindings: Binding[] = [];
  const pattern = /@group\(0\) @binding\((\d+)\) var<storage, (read|read_write)> (\w+)/g;
  for (const [, index, access, name] of code.matchAll(pattern)) {
    bindings[Number(index)] = { name: name!, access: access as Binding['access'] };
  }
  return bindings;
}

function workgroupOf(code: string, constants: Constants): [number, number, number] {
  const sizes = /@workgroup_size\(([^)]*)\)/.exec(code)?.[1]?.split(',') ?? [];
  const size = (index: number) => {
    const word = sizes[index]?.trim() ?? '1';
    return Number(constants[word] ?? word);
  };
  return [size(0), size(1), size(2)];
}
