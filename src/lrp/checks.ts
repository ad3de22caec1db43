import { cut, quoted, requireNames, SalientError } from '../error.ts';
import { LARGEST_PARAMETER } from './rules/definition.ts';

/** Characters of a wrong value that a message shows, so that what was expected is not cut off behind it. */
const MOST_SHOWN = 100;

/** Refuses a value; `where` says which it is. */
export type Check = (value: unknown, where: string) => void;

/** What a value must be. */
export const is =
  (expected: string, accepts: (value: unknown) => boolean): Check =>
  (value, where) => {
    if (accepts(value)) return;
    throw new SalientError('bad-argument', `${where} is ${cut(quoted(value), MOST_SHOWN)}; expected ${expected}`);
  };

export const maybe =
  (check: Check): Check =>
  (value, where) =>
    value === undefined || check(value, where);

/** One of some words. */
export const oneOf = (...words: readonly string[]): Check =>
  is(`one of ${words.join(', ')}`, (value) => words.includes(value as string));

/** An object with these fields alone; `T` makes the compiler ask for every field of a type. */
export function fields<T>(checks: Readonly<Record<keyof T & string, Check>>): Check {
  return (value, where) => {
    object(value, where);
    requireNames(value as object, checks, ` in ${where}`);
    for (const [name, check] of Object.entries<Check>(checks)) {
      check((value as Readonly<Record<string, unknown>>)[name], `${where}.${name}`);
    }
  };
}

export const isNumber = (value: unknown): value is number => Number.isFinite(value);
export const within = (from: number, to: number) =>
  is(`a number from ${from} to ${to}`, (value) => isNumber(value) && value >= from && value <= to);

export const object = is('an object', (value) => typeof value === 'object' && value !== null && !Array.isArray(value));
export const text = is('a text', (value) => typeof value === 'string');
export const amount = within(0, LARGEST_PARAMETER);
export const numbers = is(
  'a list of numbers',
  (value) => Array.isArray(value) && value.length > 0 && value.every(isNumber),
);
