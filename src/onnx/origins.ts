import type { TensorSource } from '../tensor/source.ts';
import { type Shape, sameShape } from '../tensor/tensor.ts';

/** Where a constant that is computed comes from: the number of a recipe that tells what of, and how. */
export type Recipe = number;

/**
 * Bytes up to which a computed constant's recipe is its numbers: factors of a batch normalisation are the same for every
 * batch, which the recipe of a node cannot know.
 */
const SMALL = 2 ** 16;

/** A character for each byte. */
const LATIN1 = new TextDecoder('latin1');

/**
 * Where constants come from: bytes of the file, or a recipe. Graphs of one file, for other batches and sizes, so know
 * equal constants as equal without computing or comparing a number.
 */
export class Origins {
  /** Recipes by their text, which names others by number: a chain of them stays short. */
  readonly #recipes = new Map<string, Recipe>();
  /** By the bytes of constants that were computed. */
  readonly #computed = new WeakMap<Uint8Array, Recipe>();
  /** Numbers of buffers that hold bytes of a file, and of nodes of the file. */
  readonly #numbers = new WeakMap<object, number>();
  #next = 0;
  /** Computed constants that a graph holds. */
  readonly #kept = new Map<Recipe, TensorSource>();

  /** What tells the constant's numbers from all others. */
  of({ bytes, type, shape }: TensorSource): string {
    const recipe = this.#computed.get(bytes);
    if (recipe !== undefined) return this.ofRecipe(recipe, shape);
    return `#${this.number(bytes.buffer)}+${bytes.byteOffset}:${bytes.byteLength} ${type}[${shape}]`;
  }

  /** {@link of} a constant that is not computed yet. */
  ofRecipe(recipe: Recipe, shape: Shape): string {
    return `~${recipe}[${shape}]`;
  }

  /** The same number for the same thing. */
  number(thing: object): number {
    let number = this.#numbers.get(thing);
    if (number === undefined) {
      number = this.#next++;
      this.#numbers.set(thing, number);
    }
    return number;
  }

  recipe(text: string): Recipe {
    let recipe = this.#recipes.get(text);
    if (recipe === undefined) {
      recipe = this.#recipes.size;
      this.#recipes.set(text, recipe);
    }
    return recipe;
  }

  /** The constant that this recipe made for an earlier graph, or else a new one. */
  made(recipe: Recipe, make: () => TensorSource): TensorSource {
    const known = this.#kept.get(recipe);
    if (known !== undefined) return known;
    const source = make();
    const { bytes } = source;
    // A view of the file's bytes needs no recipe, and must keep the origin that it may have been asked for already.
    const isOwn = bytes.byteLength === bytes.buffer.byteLength && !this.#numbers.has(bytes.buffer);
    if (!isOwn || this.#computed.has(bytes)) return source;
    const own = bytes.byteLength <= SMALL ? this.recipe(`= ${source.type} ${LATIN1.decode(bytes)}`) : recipe;
    this.#computed.set(bytes, own);
    const same = this.#kept.get(own);
    return same?.name === source.name && sameShape(same.shape, source.shape) ? same : source;
  }

  /** Keeps the computed ones of these constants for the graphs to come. */
  keep(constants: Iterable<TensorSource>): void {
    for (const source of constants) {
      const recipe = this.#computed.get(source.bytes);
      if (recipe !== undefined && !this.#kept.has(recipe)) this.#kept.set(recipe, source);
    }
  }
}
