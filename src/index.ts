/**
 * salient-relevance: open a device, load a network, explain.
 *
 * @module salient-relevance
 */
import './tensor/globals.ts';

export {
  type CompareOptions,
  compareDevices,
  DEVICE_BOUND,
  type DeviceComparison,
  type LayerDifference,
} from './compare/compare-devices.ts';
export type { Disagreement, Pair } from './compare/disagreement.ts';
export type { PoolFlip, PoolFlips } from './compare/pool-flips.ts';
export { SalientError, type SalientErrorCode } from './error.ts';
export type { Baseline, Method, MethodOptions } from './explain/methods.ts';
export type { Place } from './explain/place.ts';
export type { Init, Target } from './explain/target.ts';
export type { Graph, GraphNode, GraphOp, GraphValue, Window } from './graph/graph.ts';
export { type DecodeOptions, decodeImage } from './image/codec/decode.ts';
export type { Drawable } from './image/drawable.ts';
export { PRESETS, type Preprocessing, type PreprocessingChanges, type PreprocessingName } from './image/preprocess.ts';
export type { RgbImage } from './image/rgb-image.ts';
export {
  COMPOSITE_NAMES,
  type Composite,
  type CompositeParameters,
  composite,
  type LayerMatch,
  type LayerRule,
} from './lrp/composite.ts';
export type { LedgerEntry, RelevanceSummary } from './lrp/ledger.ts';
export type { Rule } from './lrp/rule.ts';
export type { ClassScore } from './model/classes.ts';
export { type ConceptExample, conceptExamples } from './model/concept-examples.ts';
export {
  type ChannelRelevance,
  type Concept,
  type ConceptOptions,
  type Concepts,
  explainConcepts,
} from './model/concepts.ts';
export type { Condition, ExplainOptions } from './model/explain-options.ts';
export type { Explanation, LayerReport, TargetPixels } from './model/explanation.ts';
export type { ExplainInput } from './model/input.ts';
export { type LayerKernel, layerKernel } from './model/layer-kernel.ts';
export { type LoadModelOptions, loadModel, type ModelInput } from './model/load-model.ts';
export { Model } from './model/model.ts';
export type { ModelOptions } from './model/own-settings.ts';
export type { Prediction, PredictOptions } from './model/predict.ts';
export { SALIENCY_DEFAULTS, type SaliencyOptions } from './saliency/options.ts';
export type {
  AdapterNames,
  Device,
  DeviceKind,
  DeviceLoss,
  Executable,
  Progress,
  RunOptions,
  StepProfile,
} from './tensor/device.ts';
export { type DeviceChoice, openDevice } from './tensor/open-device.ts';
export type { Floats, Shape, Tensor } from './tensor/tensor.ts';
