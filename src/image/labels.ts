import { SalientError } from '../error.ts';

const MOST_SUGGESTIONS = 5;
/** Labels that are listed whole where none fits. */
const MOST_LISTED = 20;

/** The first of a class's synonyms, for places where room is short: `tench` of `tench, Tinca tinca`. */
export function shortLabel(label: string): string {
  return label.split(',')[0]!.trim();
}

/**
 * The index of the class that a person names: by its number, its whole label, one of its synonyms, or any part that
 * only one label has; case does not matter. A whole label or synonym goes before parts: `cock` is not `peacock`.
 *
 * @throws SalientError `bad-argument` where no class or several fit, with suggestions
 */
export function findClass(labels: readonly string[], wanted: string): number {
  const query = wanted.trim().toLowerCase();
  if (/^\d+$/.test(query)) {
    const index = Number(query);
    if (index < labels.length) return index;
    throw noNumber(labels, query);
  }
  const lower = labels.map((label) => label.toLowerCase());
  const matchers: ((label: string) => boolean)[] = [
    (label) => label === query,
    (label) => label.split(',').some((synonym) => synonym.trim() === query),
    (label) => label.includes(query),
  ];
  for (const matches of query === '' ? [] : matchers) {
    const found = lower.flatMap((label, index) => (matches(label) ? [index] : []));
    if (found.length === 1) return found[0]!;
    if (found.length > 1) {
      throw new SalientError(
        'bad-argument',
        `"${wanted}" fits ${found.length} classes: ${listOf(labels, found)}; give the number or more of the name`,
      );
    }
  }
  if (query !== '' && Number.isFinite(Number(query))) throw noNumber(labels, query);
  const near = nearest(lower, query);
  const advice =
    labels.length <= MOST_LISTED
      ? `the classes are ${listOf(labels, [...labels.keys()], MOST_LISTED)}`
      : near.length > 0
        ? `did you mean ${listOf(labels, near)}?`
        : `give its number; explaining with --top ${labels.length} lists all classes`;
  throw new SalientError('bad-argument', `no class is named "${wanted}"; ${advice}`);
}

function noNumber(labels: readonly string[], query: string): SalientError {
  return new SalientError(
    'bad-argument',
    `there is no class ${query}; a class number from 0 to ${labels.length - 1} is expected, or a label`,
  );
}

function listOf(labels: readonly string[], indices: readonly number[], most = MOST_SUGGESTIONS): string {
  const named = indices.slice(0, most).map((index) => `${index} (${shortLabel(labels[index]!)})`);
  return named.join(', ') + (indices.length > most ? ', …' : '');
}

/** Classes with a synonym, or a word of one, that is only a few slips away from the query, the nearest first. */
function nearest(lower: readonly string[], query: string): number[] {
  const allowed = Math.floor(query.length / 3);
  return lower
    .map((label, index) => {
      const candidates = label.split(',').flatMap((synonym) => [synonym.trim(), ...synonym.trim().split(' ')]);
      return { index, slips: Math.min(...candidates.map((candidate) => editDistance(candidate, query))) };
    })
    .filter(({ slips }) => slips <= allowed)
    .sort((a, b) => a.slips - b.slips || a.index - b.index)
    .map(({ index }) => index);
}

/** Levenshtein's distance: how many letters must be put in, left out or changed. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(change, previous[j]! + 1, row[j - 1]! + 1));
    }
    previous = row;
  }
  return previous[b.length]!;
}
