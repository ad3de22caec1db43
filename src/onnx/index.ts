export { describeModel, descriptionOf, type ModelDescription } from './describe.ts';
export type { ReadExternal } from './external.ts';
export { Origins } from './origins.ts';
export { graphOf, type ParseOptions, parseModel } from './parse.ts';
export { decodeModel, type ProtoModel } from './proto.ts';
export { readTensorProto } from './tensor-proto.ts';
