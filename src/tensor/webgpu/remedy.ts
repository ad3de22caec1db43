/** How to get WebGPU where there is none; ends messages of code `no-device`. */
export const REMEDY =
  'in Node install the package "webgpu" beside salient-relevance, in the working directory or in the folder that ' +
  'SALIENT_WEBGPU names; on Linux it needs a Vulkan driver; or use the device "wasm"';
