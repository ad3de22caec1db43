export { describeModel, type ModelDescription } from './describe.ts';
export type { ReadExternal } from './external.ts';
export { type ParseOptions, parseModel } from './parse.ts';
export { readTensorProto } from './tensor-proto.ts';
