import { SalientError } from '../../error.ts';
import { type BufferId, type Program, storageOf } from '../program.ts';
import type { TensorSource } from '../source.ts';
import { elementCount, type Shape } from '../tensor.ts';
import { type Shader, specialize } from './shader.ts';
import type { GpuLimits, GpuSlab, GpuStep, GpuTensor } from './step.ts';

/** Memory that a plan needs: one or more tensors' worth of numbers. */
export interface Resource {
  readonly name: string;
  readonly elements: number;
  /** Rows × columns, by which constants over the binding limit are cut. */
  readonly rows: number;
  /** Where the numbers come from: a file, the plan, or (both absent) the run. */
  readonly source?: TensorSource;
  readonly data?: Int32Array | Uint32Array | Float32Array;
  /** True where the numbers follow from constants alone. */
  fixed: boolean;
}

/** A piece of a resource, bound to one variable of a shader. */
export interface BoundPiece {
  readonly resource: number;
  readonly slab: number;
}

export interface PlannedDispatch {
  readonly shader: Shader;
  /** In the order of the shader's bindings. */
  readonly pieces: readonly BoundPiece[];
  readonly workgroups: readonly [number, number, number];
  /** Index in `program.steps`. */
  readonly step: number;
  /** True where all that is read follows from constants: done once, at preparation. */
  fixed: boolean;
}

/** Everything that is decided about a program before the device is touched. */
export interface Plan {
  readonly resources: readonly Resource[];
  readonly dispatches: readonly PlannedDispatch[];
  /** Resource of each storage buffer of the program that is used. */
  readonly storage: ReadonlyMap<BufferId, number>;
  /** For each step that makes the sums of a later one with its own: that later step, which then only finishes them. */
  readonly joined: ReadonlyMap<number, number>;
}

/** Plans a program: asks every operation for its dispatches. Pure: depends on the program and the limits alone. */
export function planProgram(program: Program, limits: GpuLimits): Plan {
  const resources: Resource[] = [];
  const dispatches: PlannedDispatch[] = [];
  const storage = new Map<BufferId, number>();
  const tables = new Map<string, GpuTensor>();
  const shaders = new Map<string, Shader>();

  const add = (resource: Resource, shape: Shape): GpuTensor => {
    resources.push(resource);
    return { shape, resource: resources.length - 1 };
  };
  const tensorOf = (id: BufferId): GpuTensor => {
    const { shape } = program.buffers[id]!;
    const owner = storageOf(program, id);
    const known = storage.get(owner);
    if (known !== undefined) return { shape, resource: known };
    const { name, shape: own, source } = program.buffers[owner]!;
    const elements = elementCount(own);
    const rows = own.length > 1 ? own[0]! : 1;
    const tensor = add({ name, elements, rows, fixed: true, ...(source && { source }) }, shape);
    storage.set(owner, tensor.resource);
    return tensor;
  };
  const slabs = (tensor: GpuTensor): GpuSlab[] => {
    const { rows } = resources[tensor.resource]!;
    return slabRows(resources[tensor.resource]!, limits).map((first, slab, all) => ({
      ...tensor,
      slab,
      first,
      rows: (all[slab + 1] ?? rows) - first,
    }));
  };

  const joined = new Map<number, number>();
  /** What completes a step that an earlier one computed with itself. */
  const completions = new Map<number, (step: GpuStep) => void>();
  for (const id of program.inputs.values()) tensorOf(id);
  for (const [index, { operation, inputs, outputs, layer }] of program.steps.entries()) {
    if (operation.webgpu === undefined) {
      throw new SalientError(
        'unsupported',
        `${operation.name} (${layer}) has no WebGPU kernel; use the device "wasm" or "reference"`,
      );
    }
    const step: GpuStep = {
      inputs: inputs.map(tensorOf),
      outputs: outputs.map(tensorOf),
      limits,
      scratch: (shape, name) =>
        add({ name: `${layer}: ${name}`, elements: elementCount(shape), rows: 1, fixed: true }, shape),
      table(data) {
        const key = `${data.constructor.name} ${data.join()}`;
        const known = tables.get(key);
        if (known) return known;
        const tensor = add({ name: 'table', elements: data.length, rows: 1, data, fixed: true }, [data.length]);
        tables.set(key, tensor);
        return tensor;
      },
      slabs,
      dispatch(name, { constants, bindings, workgroups }) {
        const key = `${name} ${JSON.stringify(constants)}`;
        const shader = shaders.get(key) ?? specialize(name, constants);
        shaders.set(key, shader);
        const pieces = shader.bindings.map((binding): BoundPiece => {
          const tensor = bindings[binding.name];
          if (tensor === undefined) throw new Error(`shader ${name}: nothing is bound to "${binding.name}"`);
          const slab = 'slab' in tensor ? tensor.slab : 0;
          if (!('slab' in tensor) && slabs(tensor).length > 1) refuseSlabs(resources[tensor.resource]!, limits, layer);
          return { resource: tensor.resource, slab };
        });
        dispatches.push({ shader, pieces, workgroups, step: index, fixed: true });
      },
    };
    const complete = completions.get(index);
    const later = complete ? undefined : laterStep(program, index);
    const completion = later && operation.webgpuTogether?.(step, program.steps[later]!.operation);
    if (later && completion) {
      joined.set(index, later);
      completions.set(later, completion);
    } else if (complete) complete(step);
    else operation.webgpu(step);
  }
  for (const id of program.outputs.values()) tensorOf(id);
  markFixed(resources, dispatches, new Set([...program.inputs.values()].map((id) => storage.get(id)!)));
  return { resources, dispatches, storage, joined };
}

/** The first later step whose first two inputs are a step's own: the same weights on the same activations. */
function laterStep({ steps }: Program, index: number): number | undefined {
  const [first, second] = steps[index]!.inputs;
  const later = steps.findIndex(({ inputs }, i) => i > index && inputs[0] === first && inputs[1] === second);
  return later < 0 || second === undefined ? undefined : later;
}

/** The resources that a dispatch reads or writes. */
export function touched({ shader, pieces }: PlannedDispatch, access: 'read' | 'read_write'): number[] {
  return pieces.filter((_, i) => shader.bindings[i]!.access === access).map(({ resource }) => resource);
}

/** A result is fixed if all its writers read fixed data only; a dispatch, if all its results are. */
function markFixed(resources: Resource[], dispatches: readonly PlannedDispatch[], inputs: ReadonlySet<number>): void {
  for (const [index, resource] of resources.entries()) resource.fixed = !inputs.has(index);
  for (let changed = true; changed; ) {
    changed = false;
    for (const dispatch of dispatches) {
      if (!dispatch.fixed || dispatch.pieces.every(({ resource }) => resources[resource]!.fixed)) continue;
      dispatch.fixed = false;
      for (const resource of touched(dispatch, 'read_write')) resources[resource]!.fixed = false;
      changed = true;
    }
  }
}

/** The first row of each slab of a resource; only constants are ever cut. */
export function slabRows({ elements, rows, source }: Resource, limits: GpuLimits): number[] {
  const limit = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
  if (source === undefined || 4 * elements <= limit) return [0];
  const perSlab = Math.floor(limit / ((4 * elements) / rows));
  if (perSlab === 0) return [0];
  return Array.from({ length: Math.ceil(rows / perSlab) }, (_, slab) => slab * perSlab);
}

function refuseSlabs({ name, elements }: Resource, { maxStorageBufferBindingSize }: GpuLimits, layer: string): never {
  throw new SalientError(
    'out-of-memory',
    `tensor "${name}" (${layer}) has ${4 * elements} bytes, but this GPU binds ${maxStorageBufferBindingSize} bytes ` +
      'at most and the operation cannot read it in pieces; use the device "wasm"',
  );
}

/** A buffer of the arena: the elements of its largest tenant, and that tenant's name for messages. */
export interface ArenaSlot {
  readonly name: string;
  readonly elements: number;
}

/**
 * Gives each resource that lives only during a run a slot of the arena; resources whose lives do not meet share one.
 * `kept` are never overwritten, and have slots of their own: a small one would hold a large slot to the end. Returns
 * the slots, and each such resource's slot.
 */
export function planArena(
  { resources, dispatches }: Plan,
  inputs: readonly number[],
  kept: ReadonlySet<number>,
): { readonly slots: readonly ArenaSlot[]; readonly slotOf: ReadonlyMap<number, number> } {
  const running = dispatches.filter((dispatch) => !dispatch.fixed);
  const lastUse = new Map<number, number>();
  for (const [index, { pieces }] of running.entries()) for (const { resource } of pieces) lastUse.set(resource, index);
  const slotOf = new Map<number, number>();
  const slots: ArenaSlot[] = [];
  const free: number[] = [];
  const take = (resource: number) => {
    const { name, elements } = resources[resource]!;
    // The smallest free slot that is large enough, else the largest, which grows.
    free.sort((a, b) => slots[a]!.elements - slots[b]!.elements);
    const fitting = free.findIndex((slot) => slots[slot]!.elements >= elements);
    const [used] = kept.has(resource) ? [] : free.splice(fitting < 0 ? free.length - 1 : fitting, 1);
    const slot = used ?? slots.length;
    if (elements >= (slots[slot]?.elements ?? 0)) slots[slot] = { name, elements };
    slotOf.set(resource, slot);
  };
  for (const resource of inputs) take(resource);
  for (const [index, { pieces }] of running.entries()) {
    const used = new Set(pieces.map(({ resource }) => resource));
    for (const resource of used) if (!resources[resource]!.fixed && !slotOf.has(resource)) take(resource);
    for (const resource of used) {
      const slot = slotOf.get(resource);
      if (slot !== undefined && lastUse.get(resource) === index && !kept.has(resource)) free.push(slot);
    }
  }
  return { slots, slotOf };
}
