import { SalientError } from '../error.ts';
import type { Graph } from '../graph/graph.ts';
import { decodeModel, descriptionOf, graphOf, type ModelDescription, Origins, type ProtoModel } from '../onnx/index.ts';
import type { TensorSource } from '../tensor/source.ts';
import { graphKey, OPEN_PLANE, type Plane, parseOptions, planeOf, type ReadingOptions } from './reading.ts';

/** A network's file, decoded once, and its graphs for each batch and size that was asked for. */
export class Network {
  readonly description: ModelDescription;
  /** With the file's own batch; where height and width are open, with {@link OPEN_PLANE}. */
  readonly first: Graph;
  readonly #file: ProtoModel;
  readonly #options: ReadingOptions;
  readonly #origins: Origins;
  /** By batch, height and width. */
  readonly #graphs = new Map<string, Graph>();
  #closed = false;

  private constructor(file: ProtoModel, first: Graph, options: ReadingOptions, origins: Origins) {
    this.#file = file;
    this.#options = options;
    this.#origins = origins;
    this.first = first;
    this.#graphs.set(graphKey(first.inputs[0]?.shape[0] ?? 1, planeOf(first)), first);
    this.description = descriptionOf(file);
  }

  /** Weights stay views into `bytes`, which must not change while the network is open. */
  static async open(bytes: Uint8Array, options: ReadingOptions): Promise<Network> {
    const file = decodeModel(bytes);
    const origins = new Origins();
    const first = await graphOf(file, {
      ...parseOptions(options, undefined, OPEN_PLANE),
      origins,
      signal: options.signal,
    });
    return new Network(file, first, options, origins);
  }

  /** The network for a batch of this size, and where the file leaves it open of this height and width. */
  async graph(batch: number, plane: Plane | undefined = planeOf(this.first)): Promise<Graph> {
    this.throwIfClosed();
    const key = graphKey(batch, plane);
    const known = this.#graphs.get(key);
    if (known !== undefined) return known;
    const bound = await graphOf(this.#file, { ...parseOptions(this.#options, batch, plane), origins: this.#origins });
    this.throwIfClosed();
    const graph = { ...bound, constants: sharedConstants(bound.constants, this.first.constants, this.#origins) };
    this.#graphs.set(key, graph);
    return graph;
  }

  throwIfClosed(): void {
    if (this.#closed) throw new SalientError('closed', 'the model is closed; load it again');
  }

  close(): void {
    this.#closed = true;
    this.#graphs.clear();
  }
}

/** The constants, each replaced by the known source of the same origin, so that a device holds them once. */
function sharedConstants(
  constants: ReadonlyMap<string, TensorSource>,
  known: ReadonlyMap<string, TensorSource>,
  origins: Origins,
): Map<string, TensorSource> {
  const shared = new Map<string, TensorSource>();
  for (const [name, source] of constants) {
    const other = known.get(name);
    shared.set(name, other !== undefined && origins.of(source) === origins.of(other) ? other : source);
  }
  return shared;
}
