import { SalientError } from '../error.ts';
import type { GraphNode } from '../graph/graph.ts';
import type { TensorSource } from '../tensor/source.ts';
import { elementCount, formatShape, type Shape } from '../tensor/tensor.ts';

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
  readonly #constants = new Map<string, TensorSource | (() => TensorSource)>();
  readonly #aliases = new Map<string, string>();
  readonly #transposes = new Map<string, string>();
  readonly #nodeNames = new Set<string>();
  readonly #valueNames: Set<string>;

  /** `valueNames`: all names that the file uses, so that names made up here differ from them. */
  constructor(valueNames: Iterable<string>, rebatch: Rebatch | undefined) {
    this.#valueNames = new Set(valueNames);
    this.rebatch = rebatch;
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

  /** Gives a computed value another name. */
  rename(from: string, to: string): void {
    const renamed = (name: string) => (name === from ? to : name);
    this.nodes.forEach((node, index) => {
      this.nodes[index] = { ...node, inputs: node.inputs.map(renamed), outputs: node.outputs.map(renamed) };
    });
    this.shapes.set(to, this.shapes.get(from)!);
    for (const [name, of] of this.#aliases) if (of === from) this.#aliases.set(name, to);
    this.#aliases.delete(to);
  }

  /** Adds a constant, or how to make it when it is needed first. */
  setConstant(name: string, shape: Shape, source: TensorSource | (() => TensorSource)): void {
    this.#constants.set(name, source);
    this.shapes.set(name, shape);
  }

  isConstant(name: string): boolean {
    return this.#constants.has(name);
  }

  constant(name: string): TensorSource | undefined {
    const found = this.#constants.get(name);
    if (typeof found !== 'function') return found;
    const source = found();
    this.#constants.set(name, source);
    return source;
  }

  /** Notes that the constant `name` is the transpose of the constant matrix `of`, which may then be used instead. */
  setTranspose(name: string, of: string): void {
    this.#transposes.set(name, of);
  }

  transposeOf(name: string): string | undefined {
    return this.#transposes.get(name);
  }

  #unique(taken: Set<string>, base: string): string {
    let name = base;
    for (let n = 2; taken.has(name); n++) name = `${base}_${n}`;
    taken.add(name);
    return name;
  }
}
