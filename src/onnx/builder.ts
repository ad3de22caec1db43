import { SalientError } from '../error.ts';
import type { GraphNode } from '../graph/graph.ts';
import type { TensorSource } from '../tensor/source.ts';
import { elementCount, formatShape, type Shape } from '../tensor/tensor.ts';
import { Origins, type Recipe } from './origins.ts';

/** `Omit` member by member of a union. */
type OmitEach<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** A canonical node without its name. */
export type NodeBody = OmitEach<GraphNode, 'name'>;

/** A first dimension that the caller changed: one that the file fixes, or an open one that it still assumes to be 1. */
export interface Rebatch {
  readonly from: number;
  readonly to: number;
  readonly isOpen?: true;
}

/** Collects the canonical nodes, shapes and constants while the file's nodes are lowered one by one. */
export class GraphBuilder {
  readonly nodes: GraphNode[] = [];
  readonly shapes = new Map<string, Shape>();
  /** Set where the batch is not the file's: literal batch sizes inside the graph then change with it. */
  readonly rebatch: Rebatch | undefined;
  readonly origins: Origins;
  readonly #constants = new Map<string, TensorSource | Later>();
  readonly #aliases = new Map<string, string>();
  readonly #transposes = new Map<string, string>();
  readonly #nodeNames: TakenNames = { names: new Set(), next: new Map() };
  readonly #valueNames: TakenNames;
  /** Bytes that constants computed here may still take. */
  #folding: number;

  /**
   * `valueNames`: all names that the file uses, so that names made up here differ from them. `folding`: bytes
   * that computed constants may take. `origins`: those of the file, where it has become a graph before.
   */
  constructor(valueNames: Iterable<string>, rebatch: Rebatch | undefined, folding: number, origins = new Origins()) {
    this.#valueNames = { names: new Set(valueNames), next: new Map() };
    this.rebatch = rebatch;
    this.#folding = folding;
    this.origins = origins;
  }

  /** Adds a node; a taken name gets a number. */
  add(name: string, body: NodeBody, outputShapes: readonly Shape[]): void {
    const node = { ...body, name: this.#unique(this.#nodeNames, name) };
    node.outputs.forEach((output, index) => {
      this.setShape(output, outputShapes[index]!, node.name);
    });
    this.nodes.push(node);
  }

  setShape(value: string, shape: Shape, owner: string): void {
    const count = elementCount(shape);
    if (!shape.every((extent) => Number.isSafeInteger(extent) && extent > 0) || !Number.isSafeInteger(count)) {
      throw new SalientError(
        'shape-mismatch',
        `"${value}" (of "${owner}") would have the shape ${formatShape(shape)}, which holds nothing or too much; check the size of the input`,
      );
    }
    this.shapes.set(value, shape);
  }

  /** A value name that nothing else has, beginning with `base`. */
  freshValue(base: string): string {
    return this.#unique(this.#valueNames, base);
  }

  /** Makes `name` another name for `of`. */
  alias(name: string, of: string): void {
    this.#aliases.set(name, this.resolve(of));
  }

  /** The value that a name of the file stands for, now that Identity and the like are gone. */
  resolve(name: string): string {
    return this.#aliases.get(name) ?? name;
  }

  /** Gives computed values other names, from their old ones. */
  rename(names: ReadonlyMap<string, string>): void {
    const renamed = (name: string) => names.get(name) ?? name;
    this.nodes.forEach((node, index) => {
      this.nodes[index] = { ...node, inputs: node.inputs.map(renamed), outputs: node.outputs.map(renamed) };
    });
    for (const [from, to] of names) this.shapes.set(to, this.shapes.get(from)!);
    for (const [name, of] of this.#aliases) this.#aliases.set(name, renamed(of));
    for (const to of names.values()) this.#aliases.delete(to);
  }

  /**
   * Counts a constant that is about to be computed, before there is room for it; a small file must not ask for much.
   * @throws SalientError 'out-of-memory' where all of them are too much for a file of this size.
   */
  reserve(name: string, shape: Shape): void {
    const bytes = 8 * elementCount(shape);
    this.#folding -= bytes;
    if (this.#folding >= 0) return;
    throw new SalientError(
      'out-of-memory',
      `constant "${name}" would be computed as ${formatShape(shape)}: computed constants are too large for a file of this size; check the model, or give loadModel more foldedBytes`,
    );
  }

  /** Adds a constant, or how to make it when it is needed first. */
  setConstant(name: string, shape: Shape, source: TensorSource | Later): void {
    this.#constants.set(name, source);
    this.shapes.set(name, shape);
  }

  isConstant(name: string): boolean {
    return this.#constants.has(name);
  }

  constant(name: string): TensorSource | undefined {
    const found = this.#constants.get(name);
    if (found === undefined || !('make' in found)) return found;
    this.reserve(name, this.shapes.get(name)!);
    const source = this.origins.made(found.recipe, found.make);
    this.#constants.set(name, source);
    return source;
  }

  /** Where a constant comes from, be it computed or not yet. */
  originOf(name: string): string {
    const found = this.#constants.get(name)!;
    return 'make' in found ? this.origins.ofRecipe(found.recipe, this.shapes.get(name)!) : this.origins.of(found);
  }

  /** Notes that the constant `name` is the transpose of the constant matrix `of`, which may then be used instead. */
  setTranspose(name: string, of: string): void {
    this.#transposes.set(name, of);
  }

  transposeOf(name: string): string | undefined {
    return this.#transposes.get(name);
  }

  #unique({ names, next }: TakenNames, base: string): string {
    let name = base;
    let number = next.get(base) ?? 2;
    for (; names.has(name); number++) name = `${base}_${number}`;
    next.set(base, number);
    names.add(name);
    return name;
  }
}

/** A constant that is made when it is needed first. */
interface Later {
  readonly recipe: Recipe;
  readonly make: () => TensorSource;
}

/** Names in use, and by base the number to try next: equal names must not be counted through again and again. */
interface TakenNames {
  readonly names: Set<string>;
  readonly next: Map<string, number>;
}
