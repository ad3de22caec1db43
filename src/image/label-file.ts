import { SalientError } from '../error.ts';

const MOST_LABELS = 1_000_000;

/**
 * Reads a label file as people have them, to class names in the order of the network's outputs:
 * - lines: one name each, possibly after its WordNet number (`n02123159 tiger cat`), or after its class number
 *   (`0: tench`, `0,tench`, `1 tench`), in any order then;
 * - JSON: an array of names; an object from class numbers to names or to `[id, name]` (Keras' class index), or from names
 *   to class numbers; one with these under `id2label` or `label2id`;
 * - a Python dictionary (`{0: 'tench, Tinca tinca', 1: …}`).
 * A byte order mark and empty lines at the end do not count.
 *
 * @throws SalientError `bad-file` where it is none of these, or class numbers are missing or come twice
 */
export function parseLabels(text: string): string[] {
  const content = text.replace(/^\ufeff/, '').trimEnd();
  if (content.includes('\0')) throw bad('it is not text; give UTF-8 (PowerShell: -Encoding utf8)');
  const labels = /^\s*[[{]/.test(content) ? ofStructure(content.trimStart()) : ofLines(content);
  if (labels.length > MOST_LABELS || labels.every((label) => label.trim() === '')) {
    throw bad('it holds no names; one per line or a JSON array is expected');
  }
  return labels.map((label) => label.trim().replace(/^n\d{8}\s+/, ''));
}

function ofLines(content: string): string[] {
  const lines = content.split(/\r\n?|\n/);
  const numbered = lines.map((line) => /^\s*"?(\d+)"?\s*[:,;\t ]\s*(\S.*)$/.exec(line));
  if (lines.length < 2 || !numbered.every((match) => match !== null)) return lines;
  const entries = numbered.map((match) => [Number(match[1]), unquoted(match[2]!)] as const);
  const numbers = new Set(entries.map(([number]) => number));
  // Names may begin with numbers that are no class numbers: "2 CV", "100 metres".
  const first = numbers.has(0) ? 0 : 1;
  const isCount = numbers.size === lines.length && lines.every((_, index) => numbers.has(index + first));
  return isCount ? inOrder(entries, first) : lines;
}

/** The name in `'tench',`, as a line of a dictionary or a CSV file has it. */
function unquoted(text: string): string {
  const match = /^(['"])(.*)\1,?$/.exec(text.trim());
  return match === null ? text : match[2]!;
}

function ofStructure(content: string): string[] {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (error) {
    const entries = ofPython(content);
    if (entries !== undefined) return inOrder(entries, 0);
    const reason = error instanceof Error ? error.message : String(error);
    throw bad(`it begins like JSON or a Python dictionary, but is neither: ${reason}`);
  }
  return ofJson(value);
}

function ofJson(value: unknown): string[] {
  if (Array.isArray(value)) {
    if (value.every((item): item is string => typeof item === 'string')) return value;
    throw bad('it is a JSON array, but not of names');
  }
  const { id2label, label2id } = value as { id2label?: unknown; label2id?: unknown };
  const inner = id2label ?? label2id;
  if (typeof inner === 'object' && inner !== null) return ofJson(inner);
  const all = Object.entries(value as Record<string, unknown>);
  if (all.length > 0 && all.every(([, item]) => Number.isInteger(item))) {
    return inOrder(
      all.map(([name, index]) => [index as number, name]),
      0,
    );
  }
  const named = all.map(([key, item]) => [Number(key), nameIn(item)] as const);
  if (all.every(([key]) => /^\d+$/.test(key)) && named.every(([, name]) => name !== undefined)) {
    return inOrder(named as readonly (readonly [number, string])[], 0);
  }
  throw bad(
    'it is JSON, but neither an array of names nor an object from class numbers to names, or from names to them',
  );
}

/** A name, or the last of `[id, name]`. */
function nameIn(item: unknown): string | undefined {
  const name: unknown = Array.isArray(item) ? item.at(-1) : item;
  return typeof name === 'string' ? name : undefined;
}

/** The entries of `{0: 'name', 1: "name"}`; nothing where the text is something else. */
function ofPython(content: string): (readonly [number, string])[] | undefined {
  const entry = /\s*(\d+)\s*:\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*(,|\}\s*$)/y;
  const entries: (readonly [number, string])[] = [];
  entry.lastIndex = 1;
  for (let match = entry.exec(content); match !== null; match = entry.exec(content)) {
    const name = (match[2] ?? match[3])!.replaceAll(/\\(.)/g, '$1');
    entries.push([Number(match[1]), name]);
    const rest = content.slice(entry.lastIndex);
    if (match[4] !== ',' || /^\s*\}\s*$/.test(rest)) return entries;
  }
  return undefined;
}

/** Names by their class numbers, which count from `first`. */
function inOrder(entries: readonly (readonly [number, string])[], first: number): string[] {
  const labels: string[] = [];
  for (const [number, name] of entries) {
    const index = number - first;
    if (index < 0 || index >= entries.length) {
      throw bad(
        `it names ${entries.length} classes, but class ${number} too; expected ${first} to ${first + entries.length - 1}`,
      );
    }
    if (labels[index] !== undefined) throw bad(`it names class ${number} twice: "${labels[index]}" and "${name}"`);
    labels[index] = name;
  }
  return labels;
}

function bad(reason: string): SalientError {
  return new SalientError('bad-file', `the label file cannot be used: ${reason}`);
}
