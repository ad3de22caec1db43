import type { SalientErrorCode } from '../error.ts';
import type { Logits } from '../graph/logits.ts';
import type { Preprocessing } from '../image/preprocess.ts';
import type { ModelDescription } from '../onnx/index.ts';
import type { DeviceKind, Progress } from '../tensor/device.ts';

/** What the worker computes on. */
export interface DeviceReport {
  readonly kind: DeviceKind;
  readonly description: string;
  readonly choice?: string;
  readonly threads?: number;
}

/** What is known of a model once it is open. */
export interface ModelReport {
  /** Its number in the worker. */
  readonly model: number;
  readonly description: ModelDescription;
  readonly labels: readonly string[];
  readonly preprocessing: Preprocessing;
  readonly preprocessingOrigin: string;
  readonly logits: Logits;
}

/** What can be called: on the worker itself, or on one of its models. */
export type Call =
  | { readonly name: 'open'; readonly args: readonly unknown[] }
  | { readonly name: 'loadModel'; readonly args: readonly unknown[] }
  | { readonly name: 'pullModel'; readonly args: readonly unknown[] }
  | {
      readonly name:
        | 'predict'
        | 'explainBatch'
        | 'explainTargets'
        | 'explainConditions'
        | 'prepare'
        | 'kernel'
        | 'sha256'
        | 'close';
      readonly model: number;
      readonly args: readonly unknown[];
    };

export type ToHost =
  /** `watched`: progress is wanted. Functions and signals cannot travel. */
  | { readonly kind: 'call'; readonly id: number; readonly call: Call; readonly watched: boolean }
  | { readonly kind: 'abort'; readonly id: number };

export type FromHost =
  | { readonly kind: 'result'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'progress'; readonly id: number; readonly progress: Progress }
  /** Without a code: a fault of this program. */
  | { readonly kind: 'error'; readonly id: number; readonly code?: SalientErrorCode; readonly message: string };

/** One end of a line between two threads. */
export interface Port<Out, In> {
  post(message: Out, transfer?: readonly unknown[]): void;
  listen(listener: (message: In) => void): void;
}
