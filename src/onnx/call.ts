import { SalientError, type SalientErrorCode } from '../error.ts';
import type { TensorSource } from '../tensor/source.ts';
import { formatShape, type Shape } from '../tensor/tensor.ts';
import type { GraphBuilder, NodeBody } from './builder.ts';
import { numbersOf } from './constants.ts';
import type { Recipe } from './origins.ts';
import type { ProtoAttribute, ProtoNode } from './proto.ts';
import { tensorSource } from './tensor-proto.ts';

/** One node of the file while it is lowered: its inputs, attributes and outputs, with errors that name it. */
export class Call {
  readonly builder: GraphBuilder;
  readonly node: ProtoNode;
  readonly name: string;
  /** Version of the default operator set. */
  readonly opset: number;

  constructor(builder: GraphBuilder, node: ProtoNode, name: string, opset: number) {
    this.builder = builder;
    this.node = node;
    this.name = name;
    this.opset = opset;
  }

  /** Throws an error about this node. `text` says what was found, what was expected and what to do. */
  fail(text: string, code: SalientErrorCode = 'unsupported'): never {
    throw new SalientError(code, `node "${this.name}" (${this.node.op}): ${text}`);
  }

  /** Number of inputs, absent ones included. */
  get inputCount(): number {
    return this.node.inputs.length;
  }

  hasInput(index: number): boolean {
    return (this.node.inputs[index] ?? '') !== '';
  }

  /** Value name of an input. */
  input(index: number): string {
    const name = this.node.inputs[index] ?? '';
    if (name === '') this.fail(`input ${index} is missing; export the model again`, 'bad-model');
    return this.builder.resolve(name);
  }

  inputs(): string[] {
    return this.node.inputs.map((_, index) => this.input(index));
  }

  shape(index: number): Shape {
    return this.builder.shapes.get(this.input(index))!;
  }

  isConstant(index: number): boolean {
    return this.builder.isConstant(this.input(index));
  }

  /** True where every input that is there is constant. */
  get isFixed(): boolean {
    return this.node.inputs.every((name) => name === '' || this.builder.isConstant(this.builder.resolve(name)));
  }

  /** A constant input; `what` says what it is (for the error). */
  constant(index: number, what: string): TensorSource {
    const name = this.input(index);
    return (
      this.builder.constant(name) ??
      this.fail(
        `its ${what} "${name}" is computed, but must be known when the model is opened; make it an initializer, or give it in the option "constants"`,
      )
    );
  }

  /** The numbers of a small constant input. */
  constantNumbers(index: number, what: string): number[] {
    return numbersOf(this.constant(index, what));
  }

  /** Output name. An unnamed output gets a name if it is needed. */
  output(index = 0): string {
    const name = this.node.outputs[index] ?? '';
    return name === '' ? this.builder.freshValue(`${this.name}.output${index}`) : name;
  }

  #attribute<K extends ProtoAttribute['kind']>(
    name: string,
    kind: K,
  ): Extract<ProtoAttribute, { kind: K }> | undefined {
    const found = this.node.attributes.get(name);
    if (found === undefined) return undefined;
    if (found.kind === kind) return found as Extract<ProtoAttribute, { kind: K }>;
    return this.fail(`attribute "${name}" is ${found.kind}, but must be ${kind}; export the model again`, 'bad-model');
  }

  hasAttribute(name: string): boolean {
    return this.node.attributes.has(name);
  }

  int(name: string, otherwise: number): number {
    return this.#attribute(name, 'int')?.value ?? otherwise;
  }

  float(name: string, otherwise: number): number {
    return this.#attribute(name, 'float')?.value ?? otherwise;
  }

  string(name: string, otherwise: string): string {
    return this.#attribute(name, 'string')?.value ?? otherwise;
  }

  ints(name: string): readonly number[] | undefined {
    return this.#attribute(name, 'ints')?.value;
  }

  floats(name: string): readonly number[] | undefined {
    return this.#attribute(name, 'floats')?.value;
  }

  /** A tensor attribute as the constant `constantName`. */
  tensor(name: string, constantName: string): TensorSource | undefined {
    const found = this.#attribute(name, 'tensor');
    return found && tensorSource(found.value, constantName);
  }

  /** Integers that older operator sets give as the attribute `name` and newer ones as the input `index`. */
  attributeOrInput(name: string, index: number): readonly number[] | undefined {
    return this.ints(name) ?? (this.hasInput(index) ? this.constantNumbers(index, name) : undefined);
  }

  /** An axis of a tensor of this rank, negative ones counted from the end. */
  axis(value: number, rank: number): number {
    const axis = value < 0 ? value + rank : value;
    if (!Number.isInteger(axis) || axis < 0 || axis >= rank) {
      this.fail(`axis ${value} lies outside an input of ${rank} dimensions; export the model again`, 'bad-model');
    }
    return axis;
  }

  /** The shape of an input that must have a certain rank. */
  shapeOfRank(index: number, rank: number, what: string): Shape {
    const shape = this.shape(index);
    if (shape.length !== rank) {
      this.fail(
        `its input "${this.input(index)}" is ${formatShape(shape)}, but only ${what} (${rank} dimensions) is supported`,
      );
    }
    return shape;
  }

  /** Adds the canonical node that this node becomes. */
  emit(body: NodeBody, ...outputShapes: Shape[]): void {
    this.builder.add(this.name, body, outputShapes);
  }

  /** Adds a canonical node with one output to which the file gives no name; returns that. */
  emitPart(part: string, shape: Shape, body: (output: string) => NodeBody): string {
    const output = this.builder.freshValue(`${this.output()}/${part}`);
    this.builder.add(`${this.name}/${part}`, body(output), [shape]);
    return output;
  }

  /** Makes the node's output a constant: one that is there, or one that is computed at once. */
  fold(shape: Shape, source: TensorSource | (() => TensorSource)): void {
    const output = this.output();
    if (typeof source === 'function') this.builder.reserve(output, shape);
    const make = typeof source === 'function' ? source : () => source;
    this.builder.setConstant(output, shape, this.builder.origins.made(this.#recipe(output, shape), make));
  }

  /** Makes the node's output a constant that is computed when it is needed first; `source` reads no other such one. */
  foldLater(shape: Shape, source: () => TensorSource): void {
    const output = this.output();
    this.builder.setConstant(output, shape, { recipe: this.#recipe(output, shape), make: source });
  }

  /** Adds a constant to which the file gives no name; returns its name. */
  newConstant(part: string, shape: Shape, source: (name: string) => TensorSource): string {
    const name = this.builder.freshValue(`${this.name}/${part}`);
    this.builder.reserve(name, shape);
    const made = this.builder.origins.made(this.#recipe(name, shape), () => source(name));
    this.builder.setConstant(name, shape, made);
    return name;
  }

  /** A constant that this node computes: the same wherever the constants and shapes that it reads are the same. */
  #recipe(name: string, shape: Shape): Recipe {
    const { builder } = this;
    const inputs = this.node.inputs.map((_, index) => {
      if (!this.hasInput(index)) return '';
      const input = this.input(index);
      return builder.isConstant(input) ? builder.originOf(input) : `[${builder.shapes.get(input)}]`;
    });
    const { origins } = builder;
    return origins.recipe(`${origins.number(this.node)} "${name}"[${shape}] (${inputs.join('; ')})`);
  }
}
