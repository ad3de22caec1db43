// A map's colours over a picture. Inputs: the map [N, PIXELS], whose sign counts; its strength [N, PIXELS] in [0,1];
// the picture [N, 3, PIXELS] in [0,255]; the colour table [256, 3]. Output [N, 3, PIXELS] in [0,255]:
// photo + (colour − photo)·strength, the colour read between two entries of the table at ZERO + SPAN·(±strength).
// One component of a pixel per invocation.
@group(0) @binding(0) var<storage, read> map: array<f32>;
@group(0) @binding(1) var<storage, read> strength: array<f32>;
@group(0) @binding(2) var<storage, read> photo: array<f32>;
@group(0) @binding(3) var<storage, read> colours: array<f32>;
@group(0) @binding(4) var<storage, read_write> output: array<f32>;

override PIXELS: u32;
override ZERO: f32;
override SPAN: f32;
// @include per-element

fn element(i: u32) {
  let pixel = i / (3u * PIXELS) * PIXELS + i % PIXELS;
  let component = i / PIXELS % 3u;
  let opacity = strength[pixel];
  let place = max(ZERO + SPAN * select(opacity, -opacity, map[pixel] < 0.0), 0.0);
  let entry = min(u32(place), 254u);
  let lower = colours[3u * entry + component];
  let upper = colours[3u * entry + 3u + component];
  let colour = lower + (upper - lower) * (place - f32(entry));
  output[i] = photo[i] + (colour - photo[i]) * opacity;
}
