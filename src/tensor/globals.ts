/*
 * Names of web platforms that this package's types mention. Declared empty, they merge with what a project's own
 * libraries say of them, and are there where it has none, so that the types need no `dom`, `@types/node` or
 * `@webgpu/types`.
 */
declare global {
  interface AbortSignal {}
  interface Blob {}
  interface GPUDevice {}
  interface HTMLCanvasElement {}
  interface HTMLImageElement {}
  interface HTMLVideoElement {}
  interface ImageBitmap {}
  interface OffscreenCanvas {}
  // biome-ignore lint/suspicious/noExplicitAny: the parameter must be that of the platform's own declaration
  interface ReadableStream<R = any> {}
  interface Response {}
  interface URL {}
  interface VideoFrame {}
  interface Worker {}
}

export {};
