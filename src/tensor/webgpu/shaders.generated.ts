// Made from shaders/**/*.wgsl by shaders/embed.mjs; do not edit.
/** What is dispatched. */
export type ShaderName =
  | 'absorbed'
  | 'activation'
  | 'activation-gradient'
  | 'affine'
  | 'attenuate'
  | 'average-pool'
  | 'average-pool-transpose'
  | 'axis-sum'
  | 'combine-two'
  | 'conv'
  | 'conv-grouped'
  | 'conv-narrow'
  | 'expand-parts'
  | 'focus-columns'
  | 'focus-distance'
  | 'gemm'
  | 'gemv-columns'
  | 'gemv-rows'
  | 'lab'
  | 'lrn'
  | 'lrn-gradient'
  | 'lrn-shares'
  | 'lrn-taylor'
  | 'map-bias'
  | 'map-weights'
  | 'matmul'
  | 'max-pool'
  | 'max-pool-transpose'
  | 'multiply-add-chain'
  | 'normalize'
  | 'overlay'
  | 'patch-columns'
  | 'patch-distances'
  | 'patch-nearest'
  | 'patch-saliency'
  | 'patches'
  | 'quotient'
  | 'resample'
  | 'seed'
  | 'softmax'
  | 'statistics'
  | 'statistics-total'
  | 'sum-parts'
  | 'sum-plane'
  | 'sum-splits'
  | 'walk'
  | 'winograd-input'
  | 'winograd-output'
  | 'winograd-product'
  | 'winograd-weights';
export const SHADERS: Readonly<Record<ShaderName, string>> = {
  'absorbed': `// First pass of what a layer's quotient step kept from its inputs, per sample: (Σ s·b, 0, 0, Σ s·(stab(z) − z)),
// or just the two sums with SUMS_ONLY. With the absolute stabilizer (Z_FREE) the latter sum is ε·Σ |s|·sign(scale·R),
// which needs no z. R [N, CHANNELS, PLANE]; s and z [N, PARTS·CHANNELS, PLANE]; bias [PARTS·CHANNELS].
// Workgroup (p, n) of a grid of P columns takes every P-th block of 256 elements of sample n. Second pass, where P > 1:
// \`statistics-total.wgsl\`.
@group(0) @binding(0) var<storage, read> relevance: array<f32>;
@group(0) @binding(1) var<storage, read> s: array<f32>;
@group(0) @binding(2) var<storage, read> z: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read> scales: array<f32>;
// Per sample: w = Σ z², where RELATIVE.
@group(0) @binding(5) var<storage, read> norms: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> output: array<f32>;

override CHANNELS: u32;
override GROUP_CHANNELS: u32;
override PARTS: u32;
override PLANE: u32;
override HAS_BIAS: bool;
override Z_FREE: bool;
override RELATIVE: bool;
// @include stabilize
// @include combine
// @include row-result

const SAMPLE = PARTS * CHANNELS * PLANE;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let sample = workgroup.y;
  var norm = 1.0;
  if (RELATIVE) {
    norm = sqrt(norms[sample].w / f32(SAMPLE));
  }
  var by_bias = 0.0;
  var by_stabilizer = 0.0;
  for (var i = workgroup.x * 256u + local; i < SAMPLE; i += groups.x * 256u) {
    let stacked = i / PLANE;
    let part = stacked / GROUP_CHANNELS % PARTS;
    let channel = stacked / (PARTS * GROUP_CHANNELS) * GROUP_CHANNELS + stacked % GROUP_CHANNELS;
    let quotient = s[sample * SAMPLE + i];
    if (HAS_BIAS) {
      by_bias += quotient * bias[stacked];
    }
    if (Z_FREE) {
      let start = scales[part] * relevance[(sample * CHANNELS + channel) * PLANE + i % PLANE];
      by_stabilizer += EPSILON * abs(quotient) * sign(start);
    } else {
      let value = z[sample * SAMPLE + i];
      by_stabilizer += quotient * (stabilize(value, norm) - value);
    }
  }
  let result = combined(vec4f(by_bias, 0.0, 0.0, by_stabilizer), local);
  if (local == 0u) {
    write_result(sample * groups.x + workgroup.x, result);
  }
}
`,
  'activation': `// One function of every element: \`element-functions\` says which by KIND.
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;

// @include element-functions
// @include per-element

fn element(i: u32) {
  output[i] = activate(input[i]);
}

fn activate(x: f32) -> f32 {
  switch (KIND) {
    case 0u: { return min(max(x, A), B); }
    case 1u: { return select(A * x, x, x >= 0.0); }
    case 2u: { return sigmoid(x); }
    case 3u: { return max(x, 0.0); }
    case 4u: { return clamp(A * x + B, 0.0, 1.0); }
    case 5u: { return x * clamp(x / 6.0 + 0.5, 0.0, 1.0); }
    case 6u: { return B * select(A * (exp(min(x, 0.0) / C) - 1.0), x, x >= 0.0); }
    case 7u: { return bounded_tanh(x); }
    case 8u: { return max(x, 0.0) + log(1.0 + exp(-abs(x))); }
    case 9u: { return x / (1.0 + abs(x)); }
    case 10u: { return 0.5 * x * (1.0 + error_function(x * 0.7071067812)); }
    case 11u: { return 0.5 * x * (1.0 + gelu_tanh(x)); }
    case 12u: { return error_function(x); }
    case 13u: { return exp(x); }
    case 14u: { return log(x); }
    case 15u: { return sqrt(x); }
    case 16u: { return abs(x); }
    case 17u: { return 1.0 / x; }
    default: { return power(x, A); }
  }
}
`,
  'activation-gradient': `// An activation's gradient, g·f'(x) for every element; functions as in \`activation.wgsl\`. Where f has no derivative: 0,
// or the slope A of leaky ReLU at 0.
@group(0) @binding(0) var<storage, read> gradient: array<f32>;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

// @include element-functions
// @include per-element

fn element(i: u32) {
  output[i] = gradient[i] * derivative(input[i]);
}

fn derivative(x: f32) -> f32 {
  switch (KIND) {
    case 0u: { return select(0.0, 1.0, x > A && x < B); }
    case 1u: { return select(A, 1.0, x > 0.0); }
    case 2u: {
      let power = exp(-abs(x));
      return power / ((1.0 + power) * (1.0 + power));
    }
    case 3u: { return select(0.0, 1.0, x > 0.0); }
    case 4u: { return select(0.0, A, A * x + B > 0.0 && A * x + B < 1.0); }
    case 5u: { return select(select(x / 3.0 + 0.5, 0.0, x <= -3.0), 1.0, x >= 3.0); }
    case 6u: { return B * select(A / C * exp(min(x, 0.0) / C), 1.0, x > 0.0); }
    case 7u: { return 1.0 - bounded_tanh(x) * bounded_tanh(x); }
    case 8u: { return sigmoid(x); }
    case 9u: { return 1.0 / ((1.0 + abs(x)) * (1.0 + abs(x))); }
    case 10u: {
      return 0.5 * (1.0 + error_function(x * 0.7071067812)) + x * exp(-0.5 * min(x * x, 160.0)) * 0.3989422804;
    }
    case 11u: {
      let t = gelu_tanh(x);
      return 0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * GELU_SCALE * (1.0 + 3.0 * GELU_CUBE * x * x);
    }
    case 12u: { return 1.1283791671 * exp(-min(x * x, 80.0)); }
    case 13u: { return exp(x); }
    case 14u: { return 1.0 / x; }
    case 15u: { return select(0.0, 0.5 / sqrt(max(x, 1.2e-38)), x > 0.0); }
    case 16u: { return sign(x); }
    case 17u: { return -1.0 / (x * x); }
    default: { return A * power(x, A - 1.0); }
  }
}
`,
  'affine': `// y = x·scale[c] + shift[c] per channel of [N, CHANNELS, PLANE]. One element per invocation.
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> scale: array<f32>;
@group(0) @binding(2) var<storage, read> shift: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;

override CHANNELS: u32;
override PLANE: u32;
// @include per-element

fn element(i: u32) {
  let channel = i / PLANE % CHANNELS;
  output[i] = input[i] * scale[channel] + shift[channel];
}
`,
  'attenuate': `// Immediate context (Goferman et al. 2012, eq. 5): S·(1 − d). One element per invocation.
@group(0) @binding(0) var<storage, read> saliency: array<f32>;
@group(0) @binding(1) var<storage, read> distance: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

// @include per-element

fn element(i: u32) {
  output[i] = saliency[i] * (1.0 - distance[i]);
}
`,
  'average-pool': `// Average pooling of [planes, H, W]: the sum of each window over its divisor. One window per invocation.
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;

// @include window
// @include divisor
// @include per-element

fn element(i: u32) {
  let plane = i / (OUT_H * OUT_W);
  let y = i / OUT_W % OUT_H;
  let x = i % OUT_W;
  var sum = 0.0;
  for (var ky = 0u; ky < KERNEL_H; ky++) {
    let h = input_y(y, ky);
    for (var kx = 0u; kx < KERNEL_W; kx++) {
      let w = input_x(x, kx);
      if (h >= 0 && h < i32(H) && w >= 0 && w < i32(W)) {
        sum += input[plane * (H * W) + u32(h) * W + u32(w)];
      }
    }
  }
  output[i] = sum / divisor(y, x);
}
`,
  'average-pool-transpose': `// The transpose of an average pooling: each input gathers its shares s/divisor of the windows that read it, times a
// where PRODUCT. One input per invocation; s [planes, OUT_H, OUT_W], a and output [planes, H, W].
@group(0) @binding(0) var<storage, read> s: array<f32>;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

override PRODUCT: bool;
// @include window
// @include divisor
// @include per-element

fn element(i: u32) {
  let plane = i / (H * W);
  let at = i % (H * W);
  let h = i32(at / W);
  let w = i32(at % W);
  let rows = windows_y(at / W);
  let columns = windows_x(at % W);
  var sum = 0.0;
  for (var y = rows.x; y < rows.y; y++) {
    for (var x = columns.x; x < columns.y; x++) {
      // A dilated window has taps at multiples of the dilation only.
      let down = u32(h - input_y(u32(y), 0u));
      let across = u32(w - input_x(u32(x), 0u));
      if (down % DILATION_Y == 0u && across % DILATION_X == 0u) {
        sum += s[plane * (OUT_H * OUT_W) + u32(y) * OUT_W + u32(x)] / divisor(u32(y), u32(x));
      }
    }
  }
  if (PRODUCT) {
    sum *= a[i];
  }
  output[i] = sum;
}
`,
  'axis-sum': `// A sparse linear map of one axis: output[o, to, n] = Σ_e input[o, entry_e, n] over the entries of row \`to\`, or VALUE
// where the row has none. Padding and its transpose, axis by axis. input [OUTER, FROM, INNER], output [OUTER, TO, INNER].
// Table: first entry of each row and the end of the last (TO + 1 numbers), then the entries.
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> rows: array<u32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

override FROM: u32;
override TO: u32;
override INNER: u32;
override VALUE: f32;
// @include per-element

fn element(i: u32) {
  let outer = i / (INNER * TO);
  let row = i / INNER % TO;
  let end = rows[row + 1u];
  var sum = 0.0;
  for (var e = rows[row]; e < end; e++) {
    sum += input[(outer * FROM + rows[TO + 1u + e]) * INNER + i % INNER];
  }
  output[i] = select(VALUE, sum, end > rows[row]);
}
`,
  'combine-two': `// a + b, or a·b where MULTIPLY, broadcast to the grid as in numpy. One element of the output per invocation.
struct Grid {
  count: u32,
  // Per axis, outermost first: extent, stride of a, stride of b (0 where it is repeated).
  axes: array<vec4u>,
}

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read> grid: Grid;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;

override AXES: u32;
override MULTIPLY: bool;
// @include index

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = flat_index(workgroup, groups, local, 256u);
  if (i >= grid.count) {
    return;
  }
  var rest = i;
  var from_a = 0u;
  var from_b = 0u;
  for (var n = AXES; n > 0u; n--) {
    let axis = grid.axes[n - 1u];
    let coordinate = rest % axis.x;
    rest /= axis.x;
    from_a += coordinate * axis.y;
    from_b += coordinate * axis.z;
  }
  output[i] = select(a[from_a] + b[from_b], a[from_a] * b[from_b], MULTIPLY);
}
`,
  'conv': `// Convolution and transposed convolution as a tiled matrix product (implicit GEMM); \`conv-product.wgsl\` has formula and
// layout. Workgroup: TILE_M channels × TILE_N pixels, each invocation 4·REG_M4 × REG_N of them. Both tiles pass through
// workgroup memory: (TILE_M + TILE_N) · TILE_K · 4 bytes. Invocations next to each other read neighbouring pixels.
override THREADS: u32;
// @include conv-product

const ACROSS = TILE_N / REG_N;
const LOAD_ROWS = THREADS / TILE_N; // TILE_N invocations load one row of the tile

var<workgroup> tile_a: array<vec4f, TILE_K * A_COLUMNS>;
var<workgroup> tile_b: array<f32, TILE_K * TILE_N>;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let first_pixel = flat_index(workgroup, groups, 0u, 1u) * TILE_N;
  if (first_pixel >= PIXELS) {
    return;
  }
  let share = share_of(workgroup.z);
  // The pixel whose column of the product this invocation loads.
  let column = local % TILE_N;
  let place = place_of(first_pixel + column, share.group);
  let across = local % ACROSS;
  let down = local / ACROSS * REG_M4;
  var sums: array<vec4f, REGISTERS>;
  var totals: array<vec4f, REGISTERS>;
  for (var k = share.k_first; k < share.k_end; k += TILE_K) {
    for (var i = local; i < TILE_K * A_COLUMNS; i += THREADS) {
      let row = i / A_COLUMNS;
      tile_a[i] = weights[share.weights + (k + row) * (M_TILES * A_COLUMNS) + i - row * A_COLUMNS];
    }
    for (var row = local / TILE_N; row < TILE_K; row += LOAD_ROWS) {
      tile_b[row * TILE_N + column] = fetch(place, taps[k + row]);
    }
    workgroupBarrier();
    for (var row = 0u; row < TILE_K; row++) {
      var b: array<f32, REG_N>;
      for (var j = 0u; j < REG_N; j++) { // @unroll
        b[j] = tile_b[row * TILE_N + across + j * ACROSS];
      }
      for (var i = 0u; i < REG_M4; i++) { // @unroll
        let a = tile_a[row * A_COLUMNS + down + i];
        for (var j = 0u; j < REG_N; j++) { // @unroll
          sums[i * REG_N + j] += a * b[j];
        }
      }
    }
    if ((k + TILE_K) % STRETCH == 0u || k + TILE_K >= share.k_end) {
      for (var i = 0u; i < REGISTERS; i++) { // @unroll
        totals[i] += sums[i];
        sums[i] = vec4f();
      }
    }
    workgroupBarrier();
  }
  // A copy for indices that are not constant, so that the sums themselves stay in registers.
  var results: array<vec4f, REGISTERS>;
  for (var i = 0u; i < REGISTERS; i++) { // @unroll
    results[i] = totals[i];
  }
  for (var j = 0u; j < REG_N; j++) {
    write_pixel(share, first_pixel + across + j * ACROSS, share.m_tile * TILE_M + down * 4u, &results, j);
  }
}
`,
  'conv-grouped': `// Convolution and transposed convolution of groups of few channels (depthwise ones): a group's product would leave a tile
// mostly empty, so each invocation makes one output, the sum of its own taps, and neighbours neighbouring outputs.
// The formula, the tables of taps and phases and the layout are those of \`conv-product.wgsl\`, with one place, no split,
// and nothing padded: weights [group][k][row]. Workgroups of 256; at most 256 taps, so that sums are short.
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read> taps: array<vec2i>;
@group(0) @binding(3) var<storage, read> phases: array<vec4i>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;
@group(0) @binding(5) var<storage, read> other: array<f32>;
@group(0) @binding(6) var<storage, read_write> output: array<f32>;

override BATCH: u32;
override GROUP_IN: u32;
override H: u32;
override W: u32;
override ROWS: u32;
override OUT_H: u32;
override OUT_W: u32;
override GRID_H: u32;
override GRID_W: u32;
override STRIDE_Y: u32;
override STRIDE_X: u32;
override SCALE_Y: u32;
override SCALE_X: u32;
override DEPTH: u32;
// @include epilogue
// @include per-element

// i = [phase][sample][channel][y of the grid][x of the grid]
fn element(i: u32) {
  let grid_row = i / GRID_W;
  let grid_x = i - grid_row * GRID_W;
  let plane = grid_row / GRID_H;
  let grid_y = grid_row - plane * GRID_H;
  let row = plane % ROWS;
  // The group, counted through all phases and samples; all phases read the same images.
  let stack = plane / ROWS;
  let group = stack % GROUPS;
  let phase = phases[stack / (GROUPS * BATCH)];
  let sample = stack / GROUPS % BATCH;
  let y = u32(i32(grid_y * SCALE_Y) + phase.z);
  let x = u32(i32(grid_x * SCALE_X) + phase.w);
  if (y >= OUT_H || x >= OUT_W) {
    return;
  }
  let in_y = i32(grid_y * STRIDE_Y);
  let in_x = i32(grid_x * STRIDE_X);
  let place = i32((sample * GROUPS + group) * GROUP_IN * (H * W)) + in_y * i32(W) + in_x;
  let first = group * DEPTH * ROWS + row;
  var sum = 0.0;
  for (var k = u32(phase.x); k < u32(phase.y); k++) {
    let tap = taps[k];
    if (u32(in_y + (tap.y >> 16u)) < H && u32(in_x + ((tap.y << 16u) >> 16u)) < W) {
      sum += weights[first + k * ROWS] * input[place + tap.x];
    }
  }
  let channel = group * ROWS + row;
  let position = y * OUT_W + x;
  output[(sample * GROUPS * ROWS + channel) * (OUT_H * OUT_W) + position] = finish(sum, sample, channel, position);
}
`,
  'conv-narrow': `// Convolution and transposed convolution with few output channels (a network's first layer backwards): each invocation
// makes all TILE_M = 4·REG_M4 channels of REG_N pixels, so nothing is shared and no workgroup memory is needed: all
// invocations read the same weights, and neighbours neighbouring pixels. \`conv-product.wgsl\` has formula and layout.
// @include conv-product

const THREADS = TILE_N / REG_N;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let first_pixel = flat_index(workgroup, groups, 0u, 1u) * TILE_N + local;
  if (first_pixel >= PIXELS) {
    return;
  }
  let share = share_of(workgroup.z);
  var places: array<vec3i, REG_N>;
  for (var j = 0u; j < REG_N; j++) { // @unroll
    places[j] = place_of(first_pixel + j * THREADS, share.group);
  }
  var sums: array<vec4f, REGISTERS>;
  var totals: array<vec4f, REGISTERS>;
  for (var stretch = share.k_first; stretch < share.k_end; stretch += STRETCH) {
    let end = min(stretch + STRETCH, share.k_end);
    for (var k = stretch; k < end; k++) {
      let tap = taps[k];
      var b: array<f32, REG_N>;
      for (var j = 0u; j < REG_N; j++) { // @unroll
        b[j] = fetch(places[j], tap);
      }
      for (var i = 0u; i < REG_M4; i++) { // @unroll
        let a = weights[share.weights + k * (M_TILES * A_COLUMNS) + i];
        for (var j = 0u; j < REG_N; j++) { // @unroll
          sums[i * REG_N + j] += a * b[j];
        }
      }
    }
    for (var i = 0u; i < REGISTERS; i++) { // @unroll
      totals[i] += sums[i];
      sums[i] = vec4f();
    }
  }
  // A copy for indices that are not constant, so that the sums themselves stay in registers.
  var results: array<vec4f, REGISTERS>;
  for (var i = 0u; i < REGISTERS; i++) { // @unroll
    results[i] = totals[i];
  }
  for (var j = 0u; j < REG_N; j++) {
    write_pixel(share, first_pixel + j * THREADS, share.m_tile * TILE_M, &results, j);
  }
}
`,
  'expand-parts': `// What a rule makes of a layer's input a [N, CHANNELS, PLANE] before it meets the weights: [N, PARTS·CHANNELS, PLANE],
// parts stacked within each group. KIND 0: a⁺, a⁻; 1: a, −low, −high (a bound per channel or one for all); 2: ones.
// One element of the output per invocation.
@group(0) @binding(0) var<storage, read> input: array<f32>;
// LOWS lower bounds, then the upper ones.
@group(0) @binding(1) var<storage, read> bounds: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

override KIND: u32;
override PARTS: u32;
override CHANNELS: u32;
override GROUP_CHANNELS: u32;
override PLANE: u32;
override LOWS: u32;
override HIGHS: u32;
// @include per-element

fn element(i: u32) {
  let sample = i / (PARTS * CHANNELS * PLANE);
  let stacked = i / PLANE % (PARTS * CHANNELS);
  let part = stacked / GROUP_CHANNELS % PARTS;
  let channel = stacked / (PARTS * GROUP_CHANNELS) * GROUP_CHANNELS + stacked % GROUP_CHANNELS;
  let value = input[(sample * CHANNELS + channel) * PLANE + i % PLANE];
  if (KIND == 2u) {
    output[i] = 1.0;
  } else if (KIND == 0u) {
    output[i] = select(min(value, 0.0), max(value, 0.0), part == 0u);
  } else if (part == 0u) {
    output[i] = value;
  } else {
    output[i] = -bounds[select(LOWS + channel % HIGHS, channel % LOWS, part == 1u)];
  }
}
`,
  'focus-columns': `// First half of an exact Euclidean distance transform (saliency/foci.ts): for each pixel of [N, H, W] the distance to the
// nearest pixel of its own column above THRESHOLD, or H + W where there is none: one scan down and one up. One column
// per invocation, COUNT = N·W.
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;

override H: u32;
override W: u32;
override THRESHOLD: f32;
// @include per-element

fn element(i: u32) {
  const NONE = f32(H + W);
  let first = i / W * H * W + i % W;
  var distance = NONE;
  for (var y = 0u; y < H; y++) {
    distance = select(min(distance + 1.0, NONE), 0.0, input[first + y * W] > THRESHOLD);
    output[first + y * W] = distance;
  }
  for (var y = H; y > 0u; y--) {
    distance = min(output[first + (y - 1u) * W], distance + 1.0);
    output[first + (y - 1u) * W] = distance;
  }
}
`,
  'focus-distance': `// Second half: the Euclidean distance to the nearest focus, √(min over x' of (x−x')² + g(y,x')²), or 0 on a map without
// focus; g [N, H, W] of \`focus-columns.wgsl\`. One pixel per invocation; all squares are exact.
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;

override H: u32;
override W: u32;
// @include per-element

fn element(i: u32) {
  const NONE = f32((H + W) * (H + W));
  let x = i % W;
  var least = NONE;
  // Outwards from the pixel itself, until no column can be nearer.
  for (var step = 0u; step < W && f32(step * step) < least; step++) {
    let left = input[i - min(step, x)];
    let right = input[i + min(step, W - 1u - x)];
    let across = f32(step * step);
    least = min(least, across + min(left * left, right * right));
  }
  output[i] = select(sqrt(least), 0.0, least == NONE);
}
`,
  'gemm': `// Dense layer of a large batch as a tiled matrix product, in either direction:
//   partial[s, n, p·OUT_TOTAL + OUT_FIRST + m] = Σ_q Σ_k map_pq(w[m, k])·x[n, q·X_TOTAL + X_FIRST + k]
// over the steps k of split s; \`sum-splits.wgsl\` adds the splits. w[m, k] lies at m·WIDTH_STRIDE + k·DEPTH_STRIDE: the
// layer's rows or its columns, of one slab of the weights. Entry [p][q] of \`maps\` makes the weights from part q of x to
// part p of the result (kernels/shared/maps.ts). x [BATCH, X_PARTS·X_TOTAL]; partial [all splits, BATCH, PARTS·OUT_TOTAL].
// Workgroup: TILE_M results × TILE_N samples, each invocation 4·REG_M4 × 4·REG_N4 of them; both operands pass through
// workgroup memory: (TILE_M + TILE_N + 8) · TILE_K · 4 bytes. A vector holds results TILE_M / 4 apart, so that
// neighbours load neighbouring weights whichever way the sums run. Grid: tiles of results, for each part; tiles of
// samples; splits.
@group(0) @binding(0) var<storage, read> weights: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> maps: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;

// Results and steps of the sum that this slab of the weights has, and their distance in it.
override WIDTH: u32;
override DEPTH: u32;
override WIDTH_STRIDE: u32;
override DEPTH_STRIDE: u32;
override X_TOTAL: u32;
override X_FIRST: u32;
override OUT_TOTAL: u32;
override OUT_FIRST: u32;
override BATCH: u32;
override PARTS: u32;
override X_PARTS: u32;
override FIRST_SPLIT: u32;
override SPLITS: u32;
override PLAIN: bool;
override TRANSPOSED: bool;
// @include tile-product
// @include dense

// One vector more, so that a column of the tile does not lie in one bank of the memory.
const A_PITCH = A4 + 1u;
const B_PITCH = B4 + 1u;
const M_TILES = (WIDTH + TILE_M - 1u) / TILE_M;
const BLOCKS = (DEPTH + TILE_K - 1u) / TILE_K;

var<workgroup> tile_a: array<vec4f, TILE_K * A_PITCH>;
var<workgroup> tile_b: array<vec4f, TILE_K * B_PITCH>;

fn weight_at(m: u32, k: u32, part: u32, in_part: u32) -> f32 {
  if (m < WIDTH && k < DEPTH) {
    return map_weight(weights[m * WIDTH_STRIDE + k * DEPTH_STRIDE], part, in_part);
  }
  return 0.0;
}

fn x_at(n: u32, k: u32, in_part: u32) -> f32 {
  if (n < BATCH && k < DEPTH) {
    return x[(n * X_PARTS + in_part) * X_TOTAL + X_FIRST + k];
  }
  return 0.0;
}

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let part = workgroup.x / M_TILES;
  let first_m = (workgroup.x - part * M_TILES) * TILE_M;
  let first_n = workgroup.y * TILE_N;
  let k_first = BLOCKS * workgroup.z / SPLITS * TILE_K;
  let k_end = BLOCKS * (workgroup.z + 1u) / SPLITS * TILE_K;
  let vectors = first_vectors(local);
  var sums: array<vec4f, REGISTERS>;
  var totals: array<vec4f, REGISTERS>;
  for (var in_part = 0u; in_part < X_PARTS; in_part++) {
    for (var first_k = k_first; first_k < k_end; first_k += TILE_K) {
      for (var i = local; i < TILE_K * A4; i += THREADS) {
        let k = select(i / A4, i % TILE_K, DEPTH_STRIDE == 1u);
        let m4 = select(i % A4, i / TILE_K, DEPTH_STRIDE == 1u);
        let m = first_m + m4;
        tile_a[k * A_PITCH + m4] = vec4f(
          weight_at(m, first_k + k, part, in_part),
          weight_at(m + A4, first_k + k, part, in_part),
          weight_at(m + 2u * A4, first_k + k, part, in_part),
          weight_at(m + 3u * A4, first_k + k, part, in_part),
        );
      }
      for (var i = local; i < TILE_K * B4; i += THREADS) {
        let k = i % TILE_K;
        let n4 = i / TILE_K;
        let n = first_n + 4u * n4;
        tile_b[k * B_PITCH + n4] = vec4f(
          x_at(n, first_k + k, in_part),
          x_at(n + 1u, first_k + k, in_part),
          x_at(n + 2u, first_k + k, in_part),
          x_at(n + 3u, first_k + k, in_part),
        );
      }
      workgroupBarrier();
      multiply_tiles(local, &sums);
      if ((first_k + TILE_K) % STRETCH == 0u || first_k + TILE_K >= k_end) {
        for (var i = 0u; i < REGISTERS; i++) { // @unroll
          totals[i] += sums[i];
          sums[i] = vec4f();
        }
      }
      workgroupBarrier();
    }
  }
  let first = (FIRST_SPLIT + workgroup.z) * (BATCH * PARTS * OUT_TOTAL) + part * OUT_TOTAL + OUT_FIRST;
  for (var i = 0u; i < REGISTERS; i++) { // @unroll
    let m = first_m + vectors.x + i / (4u * REG_N4) + i / REG_N4 % 4u * A4;
    let n = first_n + 4u * (vectors.y + i % REG_N4 * ACROSS);
    for (var lane = 0u; lane < 4u; lane++) { // @unroll
      if (m < WIDTH && n + lane < BATCH) {
        output[first + (n + lane) * (PARTS * OUT_TOTAL) + m] = totals[i][lane];
      }
    }
  }
}
`,
  'gemv-columns': `// Dense layer whose sums run down the columns of its weights in memory: partial[s, n, c] = Σ_r map(w[r, c])·x[n, r] over
// the rows r of split s; \`sum-splits.wgsl\` adds the splits. w [ROWS, COLUMNS], a slab of rows starting at FIRST of TOTAL;
// x [SAMPLES, X_PARTS·TOTAL]; partial [all splits, SAMPLES, PARTS·COLUMNS], of which this dispatch writes SPLITS from
// FIRST_SPLIT on. Neighbouring invocations read neighbouring columns, COLUMNS_EACH times 64 of them; each weight is read
// once for all parts and all SAMPLES.
@group(0) @binding(0) var<storage, read> weights: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> maps: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;

override ROWS: u32;
override COLUMNS: u32;
override FIRST: u32;
override TOTAL: u32;
override SAMPLES: u32;
override PARTS: u32;
override X_PARTS: u32;
override FIRST_SPLIT: u32;
override SPLITS: u32;
override PLAIN: bool;
override COLUMNS_EACH: u32;
override SUMS: u32;
override TRANSPOSED: bool;
// @include dense

const SPLIT_ROWS = (ROWS + SPLITS - 1u) / SPLITS;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let first = workgroup.x * (64u * COLUMNS_EACH) + local;
  let split = workgroup.y;
  var sums: array<f32, SUMS>;
  for (var row = split * SPLIT_ROWS; row < min((split + 1u) * SPLIT_ROWS, ROWS); row++) {
    for (var c = 0u; c < COLUMNS_EACH; c++) { // @unroll
      // Columns past the last repeat it; their sums are dropped.
      let w = weights[row * COLUMNS + min(first + c * 64u, COLUMNS - 1u)];
      for (var part = 0u; part < PARTS; part++) { // @unroll
        for (var in_part = 0u; in_part < X_PARTS; in_part++) { // @unroll
          let mapped = map_weight(w, part, in_part);
          for (var n = 0u; n < SAMPLES; n++) { // @unroll
            sums[(c * PARTS + part) * SAMPLES + n] +=
              mapped * x[(n * X_PARTS + in_part) * TOTAL + FIRST + row];
          }
        }
      }
    }
  }
  for (var i = 0u; i < SUMS; i++) { // @unroll
    let column = first + i / (PARTS * SAMPLES) * 64u;
    if (column < COLUMNS) {
      let at = (i % SAMPLES * PARTS + i / SAMPLES % PARTS) * COLUMNS + column;
      output[(FIRST_SPLIT + split) * (SAMPLES * PARTS * COLUMNS) + at] = sums[i];
    }
  }
}
`,
  'gemv-rows': `// Dense layer whose sums run along the rows of its weights in memory: out[n, r] = finish(Σ_c map(w[r, c])·x[n, c]).
// w [ROWS, COLUMNS], a slab of rows starting at FIRST of TOTAL; x [SAMPLES, X_PARTS·COLUMNS]; out [SAMPLES, PARTS·TOTAL].
// Entry [p][q] of \`maps\` makes the weights from part q of x to part p of out (kernels/shared/maps.ts); each weight is read
// once for all parts and all SAMPLES.
// Workgroup: ROWS_EACH rows, 64 invocations side by side along them; then the 64 sums of each result eight by eight.
@group(0) @binding(0) var<storage, read> weights: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> maps: array<vec4f>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read> other: array<f32>;
@group(0) @binding(5) var<storage, read_write> output: array<f32>;

override ROWS: u32;
override COLUMNS: u32;
override FIRST: u32;
override TOTAL: u32;
override SAMPLES: u32;
override X_PARTS: u32;
override PLAIN: bool;
override ROWS_EACH: u32;
// Sums of an invocation: ROWS_EACH·PARTS·SAMPLES.
override SUMS: u32;
override TRANSPOSED: bool;
// @include epilogue
// @include dense
// @include index

const LANES = 64u;

var<workgroup> lanes: array<f32, SUMS * LANES>;
var<workgroup> eighths: array<f32, SUMS * 8u>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let first_row = flat_index(workgroup, groups, 0u, 1u) * ROWS_EACH;
  if (first_row >= ROWS) {
    return;
  }
  var sums: array<f32, SUMS>;
  for (var column = local; column < COLUMNS; column += LANES) {
    for (var r = 0u; r < ROWS_EACH; r++) { // @unroll
      // Rows past the last repeat it; their sums are dropped.
      let w = weights[min(first_row + r, ROWS - 1u) * COLUMNS + column];
      for (var part = 0u; part < PARTS; part++) { // @unroll
        for (var in_part = 0u; in_part < X_PARTS; in_part++) { // @unroll
          let mapped = map_weight(w, part, in_part);
          for (var n = 0u; n < SAMPLES; n++) { // @unroll
            sums[(r * PARTS + part) * SAMPLES + n] +=
              mapped * x[(n * X_PARTS + in_part) * COLUMNS + column];
          }
        }
      }
    }
  }
  for (var i = 0u; i < SUMS; i++) { // @unroll
    lanes[i * LANES + local] = sums[i];
  }
  workgroupBarrier();
  for (var i = local; i < SUMS * 8u; i += LANES) {
    var sum = 0.0;
    for (var j = 0u; j < 8u; j++) {
      sum += lanes[i * 8u + j];
    }
    eighths[i] = sum;
  }
  workgroupBarrier();
  for (var i = local; i < SUMS; i += LANES) {
    var sum = 0.0;
    for (var j = 0u; j < 8u; j++) {
      sum += eighths[i * 8u + j];
    }
    let row = first_row + i / (PARTS * SAMPLES);
    if (row < ROWS) {
      let sample = i % SAMPLES;
      let channel = i / SAMPLES % PARTS * TOTAL + FIRST + row;
      output[sample * (PARTS * TOTAL) + channel] = finish(sum, sample, channel, 0u);
    }
  }
}
`,
  'lab': `// sRGB [N, 3, PIXELS] in [0,1] to CIE L*a*b* (D65, white .95047, 1, 1.08883); with TRUNCATE each value is first cut to
// 8 bits, ⌊255·v⌋/255. One pixel per invocation.
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;

override PIXELS: u32;
override TRUNCATE: bool;
// @include per-element

// The linear intensity of an sRGB value (IEC 61966-2-1).
fn linear(value: f32) -> f32 {
  var v = clamp(value, 0.0, 1.0);
  if (TRUNCATE) {
    v = floor(255.0 * v) / 255.0;
  }
  if (v <= 0.04045) {
    return v / 12.92;
  }
  return pow((v + 0.055) / 1.055, 2.4);
}

// CIE's cube root with a linear start; one step of Newton's method mends what pow rounds.
fn curve(t: f32) -> f32 {
  if (t <= 0.008856452) {
    return t / 0.12841855 + 0.13793103;
  }
  let root = pow(t, 0.33333333);
  return root - (root * root * root - t) / (3.0 * root * root);
}

fn element(i: u32) {
  let first = i / PIXELS * 3u * PIXELS + i % PIXELS;
  let r = linear(input[first]);
  let g = linear(input[first + PIXELS]);
  let b = linear(input[first + 2u * PIXELS]);
  let x = curve((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047);
  let y = curve(0.2126729 * r + 0.7151522 * g + 0.072175 * b);
  let z = curve((0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883);
  output[first] = 116.0 * y - 16.0;
  output[first + PIXELS] = 500.0 * (x - y);
  output[first + 2u * PIXELS] = 200.0 * (y - z);
}
`,
  'lrn': `// Local response normalisation across channels of [N, CHANNELS, PLANE] (Krizhevsky et al. 2012):
// y_j = x_j (BIAS + ALPHA·Σ x²)^−BETA over the channels j − BEFORE … j + AFTER. One element per invocation.
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;

// @include lrn-window
// @include per-element

fn element(i: u32) {
  let channel = i / PLANE % CHANNELS;
  output[i] = input[i] * pow(normalizer(i, channel), -BETA);
}
`,
  'lrn-gradient': `// The gradient of local response normalisation, with d_j = BIAS + ALPHA·Σ x² over output j's window:
// g_i d_i^−BETA − 2·ALPHA·BETA·x_i Σ_j g_j x_j d_j^(−BETA−1) over the outputs j whose window holds i. One element per
// invocation.
@group(0) @binding(0) var<storage, read> gradient: array<f32>;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

// @include lrn-window
// @include per-element

fn element(i: u32) {
  let channel = i / PLANE % CHANNELS;
  var through_norms = 0.0;
  let first = channel - min(channel, AFTER);
  let last = min(channel + BEFORE, CHANNELS - 1u);
  for (var c = first; c <= last; c++) {
    let j = i + c * PLANE - channel * PLANE;
    through_norms += gradient[j] * input[j] * pow(normalizer(j, c), -BETA - 1.0);
  }
  output[i] = gradient[i] * pow(normalizer(i, channel), -BETA) - 2.0 * ALPHA * BETA * input[i] * through_norms;
}
`,
  'lrn-shares': `// First pass of the Taylor expansion of LRN (Binder et al. 2016, eq. 12), per output j: its quotient
// R_j / stab(Σ_i z_ij), and the factor f_j of its shares z_ij = f_j·x_i² (i ≠ j); z_jj = x_j (BIAS + ALPHA·x_j²)^−BETA.
// One element per invocation; output (quotient, f).
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> relevance: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<vec2f>;

// @include lrn-window
// @include stabilize
// @include per-element

fn element(i: u32) {
  let channel = i / PLANE % CHANNELS;
  let x = input[i];
  let normal = normalizer(i, channel);
  let factor = -2.0 * ALPHA * BETA * x * pow(normal, -BETA - 1.0);
  var total = x * pow(BIAS + ALPHA * x * x, -BETA);
  for (var c = first_channel(channel); c <= last_channel(channel); c++) {
    if (c != channel) {
      let other = input[i + c * PLANE - channel * PLANE];
      total += factor * other * other;
    }
  }
  output[i] = vec2f(quotient(relevance[i], total, 1.0), factor);
}
`,
  'lrn-taylor': `// Second pass of the Taylor expansion of LRN: R_i = Σ_j z_ij·quotient_j over the outputs j whose window holds i, with the
// shares of \`lrn-shares.wgsl\`. One element per invocation.
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> shares: array<vec2f>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

// @include lrn-window
// @include per-element

fn element(i: u32) {
  let channel = i / PLANE % CHANNELS;
  let x = input[i];
  var sum = x * pow(BIAS + ALPHA * x * x, -BETA) * shares[i].x;
  let first = channel - min(channel, AFTER);
  let last = min(channel + BEFORE, CHANNELS - 1u);
  for (var j = first; j <= last; j++) {
    if (j != channel) {
      let share = shares[i + j * PLANE - channel * PLANE];
      sum += share.y * x * x * share.x;
    }
  }
  output[i] = sum;
}
`,
  'map-bias': `// The stacked bias [P·Co] of a bias [Co] (kernels/shared/maps.ts): each part through the first map of its row.
@group(0) @binding(0) var<storage, read> bias: array<f32>;
// Per part: the coefficients of \`weight-map.wgsl\`.
@group(0) @binding(1) var<storage, read> maps: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

override PARTS: u32;
override GROUP_CHANNELS: u32;
// @include weight-map
// @include per-element

fn element(i: u32) {
  let group = i / (PARTS * GROUP_CHANNELS);
  let within = i % (PARTS * GROUP_CHANNELS);
  let part = within / GROUP_CHANNELS;
  let value = bias[group * GROUP_CHANNELS + within % GROUP_CHANNELS];
  output[i] = apply_map(maps[part], value);
}
`,
  'map-weights': `// A rule's change to the weights of a convolution (kernels/shared/maps.ts), and their layout for \`conv.wgsl\`: from OIHW
// to [group][k][m], m padded with zeros to COLUMNS. Entry [p][q] of \`maps\`, coefficients of \`weight-map.wgsl\`, makes the
// weights from part q of the input to part p of the output. Column m is channel m % CHANNELS at place m / CHANNELS (a strided
// transposed convolution may make PLACES outputs at once). One element per invocation.
@group(0) @binding(0) var<storage, read> weights: array<f32>;
// Per place and row k: the stacked channel within the group that is summed over (−1: no weight), and the tap.
@group(0) @binding(1) var<storage, read> rows: array<vec2i>;
@group(0) @binding(2) var<storage, read> maps: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;

override TRANSPOSED: bool;
// Plain channels of a group.
override GROUP_OUT: u32;
override GROUP_IN: u32;
override TAPS: u32;
override OUT_PARTS: u32;
override IN_PARTS: u32;
override PLACES: u32;
override DEPTH: u32;
override COLUMNS: u32;
// @include weight-map
// @include per-element

// Stacked channels of a group that are made, and summed over.
const CHANNELS = select(OUT_PARTS * GROUP_OUT, IN_PARTS * GROUP_IN, TRANSPOSED);

fn element(i: u32) {
  let column = i % COLUMNS;
  let place = column / CHANNELS;
  let m = column - place * CHANNELS;
  let row = rows[min(place, PLACES - 1u) * DEPTH + i / COLUMNS % DEPTH];
  let group = i / (COLUMNS * DEPTH);
  let k = u32(max(row.x, 0));
  let outer = select(m, k, TRANSPOSED);
  let inner = select(k, m, TRANSPOSED);
  var value = 0.0;
  if (row.x >= 0 && place < PLACES) {
    let out_part = outer / GROUP_OUT;
    let in_part = inner / GROUP_IN;
    let o = group * GROUP_OUT + outer - out_part * GROUP_OUT;
    let w = weights[(o * GROUP_IN + inner - in_part * GROUP_IN) * TAPS + u32(row.y)];
    value = apply_map(maps[out_part * IN_PARTS + in_part], w);
  }
  output[i] = value;
}
`,
  'matmul': `// Matrix product of computed tensors, [batches, ROWS, DEPTH]·[batches, DEPTH, COLUMNS]; the table says for each batch
// which matrix of a and of b it takes. One element of the output per invocation.
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read> batches: array<vec2u>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;

override ROWS: u32;
override COLUMNS: u32;
override DEPTH: u32;
// @include per-element

fn element(i: u32) {
  let batch = batches[i / (ROWS * COLUMNS)];
  let first_a = batch.x * (ROWS * DEPTH) + i / COLUMNS % ROWS * DEPTH;
  let first_b = batch.y * (DEPTH * COLUMNS) + i % COLUMNS;
  var sum = 0.0;
  for (var k = 0u; k < DEPTH; k++) {
    sum += a[first_a + k] * b[first_b + k * COLUMNS];
  }
  output[i] = sum;
}
`,
  'max-pool': `// Max pooling of [planes, H, W]: the maximum of each window, and its index h·W+w, the first in row-major order.
// Padding never wins. One window per invocation.
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;
@group(0) @binding(2) var<storage, read_write> winners: array<f32>;

// @include window
// @include per-element

fn element(i: u32) {
  let plane = i / (OUT_H * OUT_W);
  let y = i / OUT_W % OUT_H;
  let x = i % OUT_W;
  var best = -3.4028234e38; // below every value
  var winner = 0u;
  var found = false;
  for (var ky = 0u; ky < KERNEL_H; ky++) {
    let h = input_y(y, ky);
    if (h < 0 || h >= i32(H)) {
      continue;
    }
    for (var kx = 0u; kx < KERNEL_W; kx++) {
      let w = input_x(x, kx);
      if (w < 0 || w >= i32(W)) {
        continue;
      }
      let at = u32(h) * W + u32(w);
      let value = input[plane * (H * W) + at];
      if (!found || value > best) {
        best = value;
        winner = at;
        found = true;
      }
    }
  }
  output[i] = best;
  winners[i] = f32(winner);
}
`,
  'max-pool-transpose': `// Winner takes all: each input of a max pooling gathers the relevance of the windows that it won; where windows
// overlap, it accumulates. One input per invocation; relevance and winners [planes, OUT_H, OUT_W], output [planes, H, W].
@group(0) @binding(0) var<storage, read> relevance: array<f32>;
@group(0) @binding(1) var<storage, read> winners: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

// @include window
// @include per-element

fn element(i: u32) {
  let plane = i / (H * W);
  let at = i % (H * W);
  let rows = windows_y(at / W);
  let columns = windows_x(at % W);
  var sum = 0.0;
  for (var y = rows.x; y < rows.y; y++) {
    for (var x = columns.x; x < columns.y; x++) {
      let window = plane * (OUT_H * OUT_W) + u32(y) * OUT_W + u32(x);
      if (u32(winners[window]) == at) {
        sum += relevance[window];
      }
    }
  }
  output[i] = sum;
}
`,
  'multiply-add-chain': `// STEPS times v ← 0.75·v + 0.5 on every element: arithmetic in registers alone, by which a device's peak is measured.
// An invocation keeps 8 elements (COUNT vectors of 4 in all), whose chains do not wait for each other.
@group(0) @binding(0) var<storage, read> input: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> output: array<vec4f>;

override COUNT: u32;
override STEPS: u32;
// @include index

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = 2u * flat_index(workgroup, groups, local, 64u);
  if (i >= COUNT) {
    return;
  }
  var a = input[i];
  var b = input[i + 1u];
  for (var step = 0u; step < STEPS; step += 8u) {
    // Written out, so that counting is little of the work.
    a = fma(a, vec4f(0.75), vec4f(0.5));
    b = fma(b, vec4f(0.75), vec4f(0.5));
    a = fma(a, vec4f(0.75), vec4f(0.5));
    b = fma(b, vec4f(0.75), vec4f(0.5));
    a = fma(a, vec4f(0.75), vec4f(0.5));
    b = fma(b, vec4f(0.75), vec4f(0.5));
    a = fma(a, vec4f(0.75), vec4f(0.5));
    b = fma(b, vec4f(0.75), vec4f(0.5));
    a = fma(a, vec4f(0.75), vec4f(0.5));
    b = fma(b, vec4f(0.75), vec4f(0.5));
    a = fma(a, vec4f(0.75), vec4f(0.5));
    b = fma(b, vec4f(0.75), vec4f(0.5));
    a = fma(a, vec4f(0.75), vec4f(0.5));
    b = fma(b, vec4f(0.75), vec4f(0.5));
    a = fma(a, vec4f(0.75), vec4f(0.5));
    b = fma(b, vec4f(0.75), vec4f(0.5));
  }
  output[i] = a;
  output[i + 1u] = b;
}
`,
  'normalize': `// Brings each row of x [rows, LENGTH] to [0,1]: |x| / max|x| where PEAK, else (x − min) / (max − min). A row whose
// maximum or span is not greater than TOLERANCE (or SMALLEST) counts as constant and becomes 0. One element per invocation;
// statistics [rows]: (_, min, max, _).
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> statistics: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

override LENGTH: u32;
override PEAK: bool;
override TOLERANCE: f32;
// @include per-element
// @include smallest

fn element(i: u32) {
  let row = statistics[i / LENGTH];
  let low = select(row.y, 0.0, PEAK);
  let span = select(row.z - row.y, max(abs(row.y), abs(row.z)), PEAK);
  let value = select(input[i], abs(input[i]), PEAK) - low;
  var result = 0.0;
  if (span > max(TOLERANCE, SMALLEST)) {
    // A GPU's x/x may miss 1 by a bit, and the maximum would then be another of the 256 levels of \`lab.wgsl\`.
    result = select(min(value / span, 1.0), 1.0, value == span);
  }
  output[i] = result;
}
`,
  'overlay': `// A map's colours over a picture. Inputs: the map [N, PIXELS], whose sign counts; its strength [N, PIXELS] in [0,1];
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
`,
  'patch-columns': `// Patches [N, PATCHES, LENGTH] turned into columns [N, LENGTH, COLUMNS] for \`patch-distances.wgsl\`, those past the last
// patch zero. One patch per invocation, so that neighbours write neighbouring numbers.
@group(0) @binding(0) var<storage, read> patches: array<f32>;
@group(0) @binding(1) var<storage, read_write> columns: array<f32>;

override PATCHES: u32;
override LENGTH: u32;
override COLUMNS: u32;
// @include per-element

fn element(i: u32) {
  let sample = i / COLUMNS;
  let column = i % COLUMNS;
  for (var e = 0u; e < LENGTH; e++) {
    var value = 0.0;
    if (column < PATCHES) {
      value = patches[(sample * PATCHES + column) * LENGTH + e];
    }
    columns[(sample * LENGTH + e) * COLUMNS + column] = value;
  }
}
`,
  'patch-distances': `// Distances of a slab of query patches to all candidates, in tiles like a matrix product:
//   d[q, p] = √(Σ (q − p)² / LENGTH) / (1 + POSITION_WEIGHT·‖centre_q − centre_p‖)
// (Goferman et al. 2012, eqs. 1 and 2). queries [N, LENGTH, QUERY_COLUMNS], candidates [N, LENGTH, CANDIDATE_COLUMNS],
// both padded with zero columns to whole tiles; distances [rows of the slab, CANDIDATES]. Elements are subtracted before
// they are squared: ‖q‖² + ‖p‖² − 2·q·p takes one instruction less, but what patches that are nearly alike lose by it
// in float32 is all that remains of them.
// slab: (map, first query, queries). Workgroup: 64 queries × 64 candidates, each invocation 8 × 8 of them.
@group(0) @binding(0) var<storage, read> queries: array<vec4f>;
@group(0) @binding(1) var<storage, read> candidates: array<f32>;
@group(0) @binding(2) var<storage, read> query_centres: array<vec2f>;
@group(0) @binding(3) var<storage, read> candidate_centres: array<vec2f>;
@group(0) @binding(4) var<storage, read> slab: array<vec4u>;
@group(0) @binding(5) var<storage, read_write> distances: array<f32>;

override QUERY_COLUMNS: u32;
override CANDIDATES: u32;
override CANDIDATE_COLUMNS: u32;
override LENGTH: u32;
override TILE_K: u32;
override POSITION_WEIGHT: f32;

const TILE = 64u;
const ACROSS = 8u;

var<workgroup> tile_q: array<vec4f, TILE_K * TILE / 4u>;
var<workgroup> tile_p: array<f32, TILE_K * TILE>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let map = slab[0].x;
  let rows = slab[0].z;
  if (workgroup.y * TILE >= rows) {
    return;
  }
  let first_query = slab[0].y + workgroup.y * TILE;
  let first_candidate = workgroup.x * TILE;
  let across = local % ACROSS;
  let down = local / ACROSS * 2u;
  var sums: array<vec4f, 16>;
  for (var k = 0u; k < LENGTH; k += TILE_K) {
    for (var i = local; i < TILE_K * TILE / 4u; i += 64u) {
      let row = k + i / (TILE / 4u);
      var value = vec4f();
      if (row < LENGTH) {
        value = queries[((map * LENGTH + row) * QUERY_COLUMNS + first_query) / 4u + i % (TILE / 4u)];
      }
      tile_q[i] = value;
    }
    for (var row = 0u; row < TILE_K; row++) {
      var value = 0.0;
      if (k + row < LENGTH) {
        value = candidates[(map * LENGTH + k + row) * CANDIDATE_COLUMNS + first_candidate + local];
      }
      tile_p[row * TILE + local] = value;
    }
    workgroupBarrier();
    for (var row = 0u; row < TILE_K; row++) {
      var p: array<f32, 8>;
      for (var j = 0u; j < 8u; j++) { // @unroll
        p[j] = tile_p[row * TILE + across + j * ACROSS];
      }
      for (var i = 0u; i < 2u; i++) { // @unroll
        let q = tile_q[row * (TILE / 4u) + down + i];
        for (var j = 0u; j < 8u; j++) { // @unroll
          let apart = q - p[j];
          sums[i * 8u + j] += apart * apart;
        }
      }
    }
    workgroupBarrier();
  }
  for (var j = 0u; j < 8u; j++) { // @unroll
    let candidate = first_candidate + across + j * ACROSS;
    if (candidate < CANDIDATES) {
      let centre = candidate_centres[candidate];
      for (var i = 0u; i < 2u; i++) { // @unroll
        for (var lane = 0u; lane < 4u; lane++) { // @unroll
          let row = workgroup.y * TILE + (down + i) * 4u + lane;
          if (row < rows) {
            let away = query_centres[slab[0].y + row] - centre;
            let farther = 1.0 + POSITION_WEIGHT * sqrt(dot(away, away));
            distances[row * CANDIDATES + candidate] = sqrt(sums[i * 8u + j][lane] / f32(LENGTH)) / farther;
          }
        }
      }
    }
  }
}
`,
  'patch-nearest': `// Saliency of each query of a slab, as \`patch-saliency.wgsl\` computes it, for up to 64 nearest: each row of distances is
// read twice instead of four times. Every invocation keeps the two least of its own numbers; the K-th least of all these
// is a bound that at least K numbers of the row do not exceed. The second reading lists the numbers below it, hardly
// more than K. Should they not fit the list, the K-th least number itself, found by bisection on its bits, is the bound.
// Sorted by rank they are added in an order of their own, so that the sum has the same bits in every run.
// distances [rows of the slab, CANDIDATES]; slab: (map, first query, queries); output [N, QUERIES].
// One workgroup per query.
@group(0) @binding(0) var<storage, read> distances: array<f32>;
@group(0) @binding(1) var<storage, read> slab: array<vec4u>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

override CANDIDATES: u32;
override QUERIES: u32;
override NEAREST: u32;

const THREADS = 64u;
const CAPACITY = 512u;
const LARGEST = 3.4028234e38;

var<workgroup> least: array<f32, 2u * THREADS>;
var<workgroup> listed: atomic<u32>;
var<workgroup> list: array<f32, CAPACITY>;
var<workgroup> sorted: array<f32, CAPACITY>;
// What all invocations must agree on.
var<workgroup> bound: f32;
var<workgroup> total: u32;

// Lists the row's numbers below a limit, as far as they fit, and says how many there are.
fn list_below(limit: f32, first: u32, local: u32) -> u32 {
  if (local == 0u) {
    atomicStore(&listed, 0u);
  }
  workgroupBarrier();
  for (var i = local; i < CANDIDATES; i += THREADS) {
    let value = distances[first + i];
    if (value < limit) {
      let at = atomicAdd(&listed, 1u);
      if (at < CAPACITY) {
        list[at] = value;
      }
    }
  }
  workgroupBarrier();
  if (local == 0u) {
    total = atomicLoad(&listed);
  }
  return workgroupUniformLoad(&total);
}

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  if (workgroup.x >= slab[0].z) {
    return;
  }
  let first = workgroup.x * CANDIDATES;
  var a = LARGEST;
  var b = LARGEST;
  for (var i = local; i < CANDIDATES; i += THREADS) {
    let value = distances[first + i];
    b = min(b, max(a, value));
    a = min(a, value);
  }
  least[local] = a;
  least[local + THREADS] = b;
  workgroupBarrier();
  for (var i = local; i < 2u * THREADS; i += THREADS) {
    let value = least[i];
    var rank = 0u;
    for (var other = 0u; other < 2u * THREADS; other++) {
      let rival = least[other];
      rank += select(0u, 1u, rival < value || (rival == value && other < i));
    }
    if (rank == NEAREST - 1u) {
      bound = value;
    }
  }
  var limit = workgroupUniformLoad(&bound);
  var count = list_below(limit, first, local);
  if (count > CAPACITY) {
    // Fewer than K numbers are below \`low\`, and at least K do not exceed \`high\`; bits order like the numbers.
    var low = 0u;
    var high = bitcast<u32>(limit);
    while (low < high) {
      let middle = (low + high) / 2u;
      if (list_below(bitcast<f32>(middle + 1u), first, local) < NEAREST) {
        low = middle + 1u;
      } else {
        high = middle;
      }
    }
    limit = bitcast<f32>(low);
    count = min(list_below(limit, first, local), CAPACITY);
  }
  for (var i = local; i < count; i += THREADS) {
    let value = list[i];
    var rank = 0u;
    for (var other = 0u; other < count; other++) {
      let rival = list[other];
      rank += select(0u, 1u, rival < value || (rival == value && other < i));
    }
    sorted[rank] = value;
  }
  workgroupBarrier();
  if (local == 0u) {
    var sum = 0.0;
    for (var i = 0u; i < min(count, NEAREST); i++) {
      sum += sorted[i];
    }
    // What is missing equals the bound.
    sum += f32(NEAREST - min(count, NEAREST)) * limit;
    output[slab[0].x * QUERIES + slab[0].y + workgroup.x] = 1.0 - exp(-sum / f32(NEAREST));
  }
}
`,
  'patch-saliency': `// Saliency of each query of a slab: S = 1 − exp(−mean of the K smallest distances) (Goferman et al. 2012, eq. 4).
// The K-th smallest t is found exactly, digit by digit of its bits, which order like the numbers: three histograms of
// the numbers whose higher digits agree. The sum is then Σ_{d<t} d + (K − count(d<t))·t: no sorting, ties are harmless.
// distances [rows of the slab, CANDIDATES]; slab: (map, first query, queries); output [N, QUERIES].
// One workgroup per query.
@group(0) @binding(0) var<storage, read> distances: array<f32>;
@group(0) @binding(1) var<storage, read> slab: array<vec4u>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

override CANDIDATES: u32;
override QUERIES: u32;
override NEAREST: u32;

const THREADS = 64u;
const BINS = 2048u;
const BINS_EACH = BINS / THREADS;

var<workgroup> histogram: array<atomic<u32>, BINS>;
var<workgroup> counts: array<u32, THREADS>;
// The digits found so far, and how many of the numbers that agree with them are still to be counted.
var<workgroup> found: vec2u;
var<workgroup> sums: array<f32, THREADS>;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  if (workgroup.x >= slab[0].z) {
    return;
  }
  let first = workgroup.x * CANDIDATES;
  var known = 0u;
  var prefix = 0u;
  var rank = NEAREST;
  for (var digit = 0u; digit < 3u; digit++) {
    // Digits of 11, 11 and 10 bits.
    let shift = select(select(0u, 10u, digit == 1u), 21u, digit == 0u);
    let digit_mask = select(0x3ffu, 0x7ffu, digit < 2u);
    for (var bin = local; bin < BINS; bin += THREADS) {
      atomicStore(&histogram[bin], 0u);
    }
    workgroupBarrier();
    for (var i = local; i < CANDIDATES; i += THREADS) {
      let value = bitcast<u32>(distances[first + i]);
      if ((value & known) == prefix) {
        atomicAdd(&histogram[(value >> shift) & digit_mask], 1u);
      }
    }
    workgroupBarrier();
    var own = 0u;
    for (var bin = 0u; bin < BINS_EACH; bin++) {
      own += atomicLoad(&histogram[local * BINS_EACH + bin]);
    }
    counts[local] = own;
    workgroupBarrier();
    var below = 0u;
    for (var other = 0u; other < local; other++) {
      below += counts[other];
    }
    // One invocation's bins hold the number of that rank.
    if (below < rank && rank <= below + own) {
      var bin = local * BINS_EACH;
      for (; bin < local * BINS_EACH + BINS_EACH - 1u; bin++) {
        let count = atomicLoad(&histogram[bin]);
        if (below + count >= rank) {
          break;
        }
        below += count;
      }
      found = vec2u(prefix | (bin << shift), rank - below);
    }
    workgroupBarrier();
    prefix = found.x;
    rank = found.y;
    known |= digit_mask << shift;
  }
  var sum = 0.0;
  for (var i = local; i < CANDIDATES; i += THREADS) {
    let value = distances[first + i];
    if (bitcast<u32>(value) < prefix) {
      sum += value;
    }
  }
  sums[local] = sum;
  workgroupBarrier();
  if (local == 0u) {
    var total = f32(rank) * bitcast<f32>(prefix);
    for (var other = 0u; other < THREADS; other++) {
      total += sums[other];
    }
    output[slab[0].x * QUERIES + slab[0].y + workgroup.x] = 1.0 - exp(-total / f32(NEAREST));
  }
}
`,
  'patches': `// The square patches of one image [N, CHANNELS, H, W] as rows of [N, TOTAL, CHANNELS·PATCH²], from row FIRST on: patch
// (y, x) of the grid starts at pixel y·STRIDE − OFFSET. Beyond the border the image is reflected without its edge, or
// the index is clamped where a side is not longer than OFFSET. One element per invocation.
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;

override CHANNELS: u32;
override H: u32;
override W: u32;
override GRID_H: u32;
override GRID_W: u32;
override PATCH: u32;
override STRIDE: u32;
override OFFSET: u32;
override FIRST: u32;
override TOTAL: u32;
// @include per-element

fn reflected(index: i32, side: i32) -> u32 {
  if (side <= i32(OFFSET)) {
    return u32(clamp(index, 0, side - 1));
  }
  let folded = abs(index);
  return u32(select(2 * (side - 1) - folded, folded, folded < side));
}

fn element(i: u32) {
  const LENGTH = CHANNELS * PATCH * PATCH;
  let element = i % LENGTH;
  let patch_index = i / LENGTH % (GRID_H * GRID_W);
  let sample = i / (LENGTH * GRID_H * GRID_W);
  let dy = element / PATCH % PATCH;
  let dx = element % PATCH;
  let y = reflected(i32(patch_index / GRID_W * STRIDE + dy) - i32(OFFSET), i32(H));
  let x = reflected(i32(patch_index % GRID_W * STRIDE + dx) - i32(OFFSET), i32(W));
  let plane = sample * CHANNELS + element / (PATCH * PATCH);
  output[(sample * TOTAL + FIRST + patch_index) * LENGTH + element] = input[(plane * H + y) * W + x];
}
`,
  'quotient': `// The quotient step of LRP: s = scale[part]·R / stab(z), where z [N, PARTS·CHANNELS, PLANE] holds the parts of each group
// one after the other (kernels/shared/maps.ts) and R [N, CHANNELS, PLANE]. One element of z per invocation.
@group(0) @binding(0) var<storage, read> relevance: array<f32>;
@group(0) @binding(1) var<storage, read> z: array<f32>;
// Shaped like R, where BRANCH: part 0 counts where it is positive, part 1 where it is negative.
@group(0) @binding(2) var<storage, read> branch: array<f32>;
@group(0) @binding(3) var<storage, read> scales: array<f32>;
// Per sample, where RELATIVE: w = Σ z².
@group(0) @binding(4) var<storage, read> norms: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> output: array<f32>;

override CHANNELS: u32;
override GROUP_CHANNELS: u32;
override PARTS: u32;
override PLANE: u32;
override BRANCH: bool;
override RELATIVE: bool;
// @include stabilize
// @include per-element

const SAMPLE = PARTS * CHANNELS * PLANE;

fn element(i: u32) {
  let sample = i / SAMPLE;
  let stacked = i / PLANE % (PARTS * CHANNELS);
  let group = stacked / (PARTS * GROUP_CHANNELS);
  let part = stacked / GROUP_CHANNELS % PARTS;
  let channel = group * GROUP_CHANNELS + stacked % GROUP_CHANNELS;
  let source = (sample * CHANNELS + channel) * PLANE + i % PLANE;
  var scale = 1.0;
  if (RELATIVE) {
    scale = sqrt(norms[sample].w / f32(SAMPLE));
  }
  var result = quotient(scales[part] * relevance[source], z[i], scale);
  if (BRANCH) {
    let sign = branch[source];
    if (select(sign >= 0.0, sign <= 0.0, part == 0u)) {
      result = 0.0;
    }
  }
  output[i] = result;
}
`,
  'resample': `// A linear map of each axis of images [planes, H, W]: y[i, j] = Σ_a Σ_b rows[i][a]·columns[j][b]·x[first_i + a, first_j + b].
// A row of a table: the first input that the output reads, then its weights. One output pixel per invocation.
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> rows: array<f32>;
@group(0) @binding(2) var<storage, read> columns: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;

override H: u32;
override W: u32;
override OUT_H: u32;
override OUT_W: u32;
override ROW_TAPS: u32;
override COLUMN_TAPS: u32;
// @include per-element

fn element(i: u32) {
  let row = i / OUT_W % OUT_H * (ROW_TAPS + 1u);
  let column = i % OUT_W * (COLUMN_TAPS + 1u);
  let first = i / (OUT_W * OUT_H) * (H * W) + u32(rows[row]) * W + u32(columns[column]);
  var sum = 0.0;
  for (var a = 0u; a < ROW_TAPS; a++) {
    var across = 0.0;
    for (var b = 0u; b < COLUMN_TAPS; b++) {
      across += columns[column + 1u + b] * input[first + a * W + b];
    }
    sum += rows[row + 1u + a] * across;
  }
  output[i] = sum;
}
`,
  'seed': `// Where relevance starts, per row of logits [N, CLASSES]: weight·logit (INIT 0), the weight itself (1), or the weighted
// logit with its negative spread over the other classes (2) or at the likeliest of them (3). The weights are given, or 1
// at the class with RANK others before it in the order of the logits, the first of equals first. One workgroup per row.
@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

override CLASSES: u32;
override GIVEN: bool;
override INIT: u32;
override RANK: u32;
// @include combine

const NONE = 0xffffffffu;
const LEAST = -3.4028234e38;

var<workgroup> firsts: array<u32, 256>;

// The class after this one in the order of the logits, among those without weight where \`others\`; after NONE the first.
fn next(first: u32, before: u32, others: bool, local: u32) -> u32 {
  var bound = 0.0;
  if (before != NONE) {
    bound = logits[first + before];
  }
  var largest = LEAST;
  for (var k = local; k < CLASSES; k += 256u) {
    if (follows(first, k, before, bound, others)) {
      largest = max(largest, logits[first + k]);
    }
  }
  let greatest = combined(vec4f(0.0, 0.0, largest, 0.0), local).z;
  var found = NONE;
  for (var k = local; k < CLASSES; k += 256u) {
    if (logits[first + k] == greatest && follows(first, k, before, bound, others)) {
      found = min(found, k);
    }
  }
  workgroupBarrier();
  firsts[local] = found;
  for (var half = 128u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (local < half) {
      firsts[local] = min(firsts[local], firsts[local + half]);
    }
  }
  return workgroupUniformLoad(&firsts[0]);
}

fn follows(first: u32, k: u32, before: u32, bound: f32, others: bool) -> bool {
  if (others && GIVEN) {
    return weights[first + k] == 0.0;
  }
  let logit = logits[first + k];
  return before == NONE || logit < bound || (logit == bound && k > before);
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let first = workgroup.y * CLASSES;
  var winner = NONE;
  if (!GIVEN) {
    for (var rank = 0u; rank <= RANK; rank++) {
      winner = next(first, winner, false, local);
    }
  }
  var runner_up = NONE;
  if (INIT == 3u) {
    runner_up = next(first, NONE, true, local);
    if (runner_up == winner) {
      runner_up = next(first, winner, false, local);
    }
  }
  var start = 0.0;
  if (GIVEN) {
    for (var k = local; k < CLASSES; k += 256u) {
      start += weights[first + k] * logits[first + k];
    }
    start = combined(vec4f(start, 0.0, 0.0, 0.0), local).x;
  } else {
    start = logits[first + winner];
  }
  for (var k = local; k < CLASSES; k += 256u) {
    var weight = select(0.0, 1.0, k == winner);
    if (GIVEN) {
      weight = weights[first + k];
    }
    var result = weight;
    if (INIT != 1u) {
      result = weight * logits[first + k];
    }
    if (INIT == 2u && weight == 0.0) {
      result = -start / f32(CLASSES - 1u);
    }
    if (k == runner_up) {
      result = -start;
    }
    output[first + k] = result;
  }
}
`,
  'softmax': `// exp(x − max) / Σ exp(x − max) over EXTENT elements STRIDE apart, or its logarithm. One workgroup per row.
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;

override ROWS: u32;
override EXTENT: u32;
override STRIDE: u32;
override LOG: bool;
// @include combine
// @include index

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let row = flat_index(workgroup, groups, 0u, 1u);
  if (row >= ROWS) {
    return;
  }
  let first = row / STRIDE * STRIDE * EXTENT + row % STRIDE;
  var largest = input[first];
  for (var i = local; i < EXTENT; i += 256u) {
    largest = max(largest, input[first + i * STRIDE]);
  }
  largest = combined(vec4f(0.0, 0.0, largest, 0.0), local).z;
  var sum = 0.0;
  for (var i = local; i < EXTENT; i += 256u) {
    sum += exp(input[first + i * STRIDE] - largest);
  }
  sum = combined(vec4f(sum, 0.0, 0.0, 0.0), local).x;
  for (var i = local; i < EXTENT; i += 256u) {
    let power = input[first + i * STRIDE] - largest;
    output[first + i * STRIDE] = select(exp(power) / sum, power - log(sum), LOG);
  }
}
`,
  'statistics': `// First pass of the statistics of each row of x [rows, count]: workgroup (p, row) of a grid of P columns takes every
// P-th block of 256 elements and writes (Σ x, min x, max x, fourth), where fourth is Σ x² if SQUARES, else the number of
// values that are not finite. Second pass, where P > 1: \`statistics-total.wgsl\`. The order of all sums is fixed.
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> count: u32;
@group(0) @binding(2) var<storage, read_write> output: array<vec4f>;

override SQUARES: bool;
// @include combine

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let first = workgroup.y * count;
  // Every invocation starts from a value of the row, so that its minimum and maximum are always of the row.
  let start = input[first];
  var result = vec4f(0.0, start, start, 0.0);
  for (var i = workgroup.x * 256u + local; i < count; i += groups.x * 256u) {
    let value = input[first + i];
    let finite = (bitcast<u32>(value) & 0x7f800000u) != 0x7f800000u;
    result = combine(result, vec4f(value, value, value, select(select(1.0, 0.0, finite), value * value, SQUARES)));
  }
  result = combined(result, local);
  if (local == 0u) {
    output[workgroup.y * groups.x + workgroup.x] = result;
  }
}
`,
  'statistics-total': `// Second pass of per-row reductions: combines \`blocks\` ≤ 256 results (sum, minimum, maximum, sum) of each row into one:
// [rows, 4], or [rows, 2] with SUMS_ONLY. One workgroup per row.
@group(0) @binding(0) var<storage, read> partial: array<vec4f>;
@group(0) @binding(1) var<storage, read> blocks: u32;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

// @include combine
// @include row-result

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = workgroup.y;
  var own = partial[row * blocks + min(local, blocks - 1u)];
  if (local >= blocks) {
    own.x = 0.0;
    own.w = 0.0;
  }
  let total = combined(own, local);
  if (local == 0u) {
    write_result(row, total);
  }
}
`,
  'sum-parts': `// Σ over the parts of [N, PARTS·CHANNELS, PLANE], stacked within each group: [N, CHANNELS, PLANE]. One element of the
// output per invocation.
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;

override PARTS: u32;
override CHANNELS: u32;
override GROUP_CHANNELS: u32;
override PLANE: u32;
// @include per-element

fn element(i: u32) {
  let sample = i / (CHANNELS * PLANE);
  let channel = i / PLANE % CHANNELS;
  let first = channel / GROUP_CHANNELS * PARTS * GROUP_CHANNELS + channel % GROUP_CHANNELS;
  var sum = 0.0;
  for (var part = 0u; part < PARTS; part++) {
    sum += input[(sample * PARTS * CHANNELS + first + part * GROUP_CHANNELS) * PLANE + i % PLANE];
  }
  output[i] = sum;
}
`,
  'sum-plane': `// The sum over channels of a relevance map [N, CHANNELS, PIXELS], then max(h, 0), or |h| where ABSOLUTE: [N, PIXELS].
// One pixel per invocation.
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;

override CHANNELS: u32;
override PIXELS: u32;
override ABSOLUTE: bool;
// @include per-element

fn element(i: u32) {
  let first = i / PIXELS * CHANNELS * PIXELS + i % PIXELS;
  var sum = 0.0;
  for (var c = 0u; c < CHANNELS; c++) {
    sum += input[first + c * PIXELS];
  }
  output[i] = select(max(sum, 0.0), abs(sum), ABSOLUTE);
}
`,
  'sum-splits': `// The second pass of a split sum: out[i] = finish(Σ_s partial[s, i]), in fixed order, so that two runs give the same
// bits. partial [SPLITS, N, channels, PLANE]; one element per invocation. The partial sums may be those of several
// results with ALL_PARTS parts together: then out is made of the PARTS from FIRST_PART on.
@group(0) @binding(0) var<storage, read> partial: array<f32>;
@group(0) @binding(1) var<storage, read> bias: array<f32>;
@group(0) @binding(2) var<storage, read> other: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;

override SPLITS: u32;
override FIRST_PART: u32;
override ALL_PARTS: u32;
// @include epilogue
// @include per-element

const CHANNELS = GROUPS * PARTS * GROUP_CHANNELS;

fn element(i: u32) {
  let row = i / PLANE; // of channels
  let group = row / (PARTS * GROUP_CHANNELS); // of all samples
  let within = row - group * (PARTS * GROUP_CHANNELS);
  let source = (group * ALL_PARTS + FIRST_PART) * GROUP_CHANNELS + within;
  var sum = 0.0;
  for (var split = 0u; split < SPLITS; split++) {
    sum += partial[split * (COUNT / PARTS * ALL_PARTS) + source * PLANE + i - row * PLANE];
  }
  output[i] = finish(sum, row / CHANNELS, row % CHANNELS, i - row * PLANE);
}
`,
  'walk': `// Moves and reduces elements by strides: output[first_output + Σ c·out stride] =
// factor · Σ_r input[first_input + Σ c·stride + Σ r·stride] over all coordinates c of a grid (AXES axes, outermost first)
// and all r of a reduction (SUM_AXES axes, SUM_COUNT coordinates). Slice, concat, transpose, broadcast, sum over a
// broadcast, mean. One coordinate of the grid per invocation.
struct Walk {
  // Coordinates of the grid.
  count: u32,
  first_input: u32,
  first_output: u32,
  factor: f32,
  // Per axis of the grid (extent, input stride, output stride), then per axis of the sum (extent, input stride).
  axes: array<vec4u>,
}

@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> walk: Walk;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

override AXES: u32;
override SUM_AXES: u32;
override SUM_COUNT: u32;
// @include index

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = flat_index(workgroup, groups, local, 256u);
  if (i >= walk.count) {
    return;
  }
  var rest = i;
  var source = walk.first_input;
  var target_index = walk.first_output;
  for (var n = AXES; n > 0u; n--) {
    let axis = walk.axes[n - 1u];
    let coordinate = rest % axis.x;
    rest /= axis.x;
    source += coordinate * axis.y;
    target_index += coordinate * axis.z;
  }
  var sum = 0.0;
  for (var r = 0u; r < SUM_COUNT; r++) {
    var at = source;
    var inner = r;
    for (var n = AXES + SUM_AXES; n > AXES; n--) {
      let axis = walk.axes[n - 1u];
      at += inner % axis.x * axis.y;
      inner /= axis.x;
    }
    sum += input[at];
  }
  output[target_index] = walk.factor * sum;
}
`,
  'winograd-input': `// Winograd's transform of tiles of the input, Bᵀ·d·B (\`winograd.wgsl\`), for one chunk of tiles.
// Layout: input [N, GROUPS·GROUP_IN, H, W], 0 outside; output [group][position][channel][tile of the chunk], channels
// padded to DEPTH by zeros, and zeros for tiles past the last. One tile and channel per invocation, neighbours on
// neighbouring tiles.
@group(0) @binding(0) var<storage, read> input: array<f32>;
// The chunk's first tile.
@group(0) @binding(1) var<storage, read> chunk: array<u32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

override GROUPS: u32;
override GROUP_IN: u32;
override H: u32;
override W: u32;
// Where output (0, 0) starts to read.
override ORIGIN_Y: i32;
override ORIGIN_X: i32;
// Tiles of all samples, of one, and of one row of it.
override TILES: u32;
override SAMPLE_TILES: u32;
override ROW_TILES: u32;
// Tiles of a chunk.
override CHUNK: u32;
override DEPTH: u32;
// @include winograd
// @include index

fn fetch(plane: i32, y: i32, x: i32) -> f32 {
  if (u32(y) < H && u32(x) < W) {
    return input[plane + y * i32(W) + x];
  }
  return 0.0;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = flat_index(workgroup, groups, local, 64u);
  if (i >= GROUPS * DEPTH * CHUNK) {
    return;
  }
  let group = i / (DEPTH * CHUNK);
  let in_group = i - group * (DEPTH * CHUNK);
  let channel = in_group / CHUNK;
  let tile = chunk[0] + in_group - channel * CHUNK;
  let present = tile < TILES && channel < GROUP_IN;
  let sample = tile / SAMPLE_TILES;
  let in_sample = tile - sample * SAMPLE_TILES;
  let row = in_sample / ROW_TILES;
  let first_y = select(-0x10000000, i32(row * TILE) + ORIGIN_Y, present); // far above the image, where all is 0
  let first_x = i32((in_sample - row * ROW_TILES) * TILE) + ORIGIN_X;
  let plane = i32(((sample * GROUPS + group) * GROUP_IN + channel) * (H * W));
  // Along the rows, then down the columns.
  var passed: array<Line, 6>;
  for (var y = 0u; y < SIDE; y++) { // @unroll
    var line: Line;
    for (var x = 0u; x < SIDE; x++) { // @unroll
      line[x] = fetch(plane, first_y + i32(y), first_x + i32(x));
    }
    passed[y] = transform_input(line);
  }
  for (var x = 0u; x < SIDE; x++) { // @unroll
    let column = Line(passed[0][x], passed[1][x], passed[2][x], passed[3][x], passed[4][x], passed[5][x]);
    let values = transform_input(column);
    for (var y = 0u; y < SIDE; y++) { // @unroll
      output[(group * POSITIONS + y * SIDE + x) * (DEPTH * CHUNK) + in_group] = values[y];
    }
  }
}
`,
  'winograd-output': `// Winograd's transform of the products back to outputs, Aᵀ·m·A (\`winograd.wgsl\`), finished and written, for one chunk
// of tiles. Layout: products [group][position][PRODUCT_ROWS][tile of the chunk]; output [N, GROUPS·ROWS, OUT_H, OUT_W].
// One tile and channel per invocation, neighbours on neighbouring tiles.
@group(0) @binding(0) var<storage, read> products: array<f32>;
// The chunk's first tile.
@group(0) @binding(1) var<storage, read> chunk: array<u32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read> other: array<f32>;
@group(0) @binding(4) var<storage, read_write> output: array<f32>;

override ROWS: u32;
override PRODUCT_ROWS: u32;
override OUT_H: u32;
override OUT_W: u32;
// Tiles of all samples, of one, of one row of it, and of a chunk.
override TILES: u32;
override SAMPLE_TILES: u32;
override ROW_TILES: u32;
override CHUNK: u32;
// The sign that all sums of the first part have, and of the others: 1, −1, or 0 where they may have either.
override SIGN_0: i32;
override SIGN_1: i32;
// @include winograd
// @include epilogue
// @include index

// A sum of terms that are all 0 comes out of the transforms as a rest of either sign, and a quotient by it has that sign.
fn signed_sum(sum: f32, row: u32) -> f32 {
  let part = row % (PARTS * GROUP_CHANNELS) / GROUP_CHANNELS;
  let sign = select(SIGN_1, SIGN_0, part == 0u);
  return select(select(sum, min(sum, 0.0), sign < 0), max(sum, 0.0), sign > 0);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = flat_index(workgroup, groups, local, 64u);
  let row = i / CHUNK;
  let column = i - row * CHUNK;
  let tile = chunk[0] + column;
  if (row >= GROUPS * ROWS || tile >= TILES) {
    return;
  }
  let group = row / ROWS;
  let first = (group * POSITIONS * PRODUCT_ROWS + row - group * ROWS) * CHUNK + column;
  // Along the rows, then down the columns.
  var passed: array<vec4f, 6>;
  for (var y = 0u; y < SIDE; y++) { // @unroll
    var line: Line;
    for (var x = 0u; x < SIDE; x++) { // @unroll
      line[x] = products[first + (y * SIDE + x) * (PRODUCT_ROWS * CHUNK)];
    }
    passed[y] = transform_output(line);
  }
  let sample = tile / SAMPLE_TILES;
  let in_sample = tile - sample * SAMPLE_TILES;
  let first_y = in_sample / ROW_TILES * TILE;
  let first_x = in_sample % ROW_TILES * TILE;
  let plane = (sample * (GROUPS * ROWS) + row) * (OUT_H * OUT_W);
  for (var x = 0u; x < TILE; x++) { // @unroll
    let line = Line(passed[0][x], passed[1][x], passed[2][x], passed[3][x], passed[4][x], passed[5][x]);
    let values = transform_output(line);
    for (var y = 0u; y < TILE; y++) { // @unroll
      if (first_y + y < OUT_H && first_x + x < OUT_W) {
        let position = (first_y + y) * OUT_W + first_x + x;
        output[plane + position] = finish(signed_sum(values[y], row), sample, row, position);
      }
    }
  }
}
`,
  'winograd-product': `// The matrix products between Winograd's transforms, one for each position of a tile and group:
//   out[position][row][tile] = Σ_channel weights[position][channel][row] · input[position][channel][tile]
// Layout: as just written, [group·position] outermost; channels padded to TILE_K, rows to TILE_M, tiles to TILE_N.
// Workgroup: TILE_M rows × TILE_N tiles, each invocation 4·REG_M4 × 4·REG_N4 of them; both operands pass through
// workgroup memory: (TILE_M + TILE_N) · TILE_K · 4 bytes. Grid: tiles of columns, of rows, group·position.
@group(0) @binding(0) var<storage, read> weights: array<vec4f>;
@group(0) @binding(1) var<storage, read> input: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> output: array<vec4f>;

override DEPTH: u32;
// Padded rows and tiles.
override ROWS: u32;
override COLUMNS: u32;
// @include tile-product

const A_PITCH = A4;
const B_PITCH = B4;

var<workgroup> tile_a: array<vec4f, TILE_K * A_PITCH>;
var<workgroup> tile_b: array<vec4f, TILE_K * B_PITCH>;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let first_a = workgroup.z * (DEPTH * ROWS / 4u) + workgroup.y * A4;
  let first_b = workgroup.z * (DEPTH * COLUMNS / 4u) + workgroup.x * B4;
  let vectors = first_vectors(local);
  var sums: array<vec4f, REGISTERS>;
  var totals: array<vec4f, REGISTERS>;
  for (var k = 0u; k < DEPTH; k += TILE_K) {
    for (var load = 0u; load < TILE_K * A4 / THREADS; load++) {
      let i = local + load * THREADS;
      tile_a[i] = weights[first_a + (k + i / A4) * (ROWS / 4u) + i % A4];
    }
    for (var load = 0u; load < TILE_K * B4 / THREADS; load++) {
      let i = local + load * THREADS;
      tile_b[i] = input[first_b + (k + i / B4) * (COLUMNS / 4u) + i % B4];
    }
    workgroupBarrier();
    multiply_tiles(local, &sums);
    if ((k + TILE_K) % STRETCH == 0u || k + TILE_K >= DEPTH) {
      for (var i = 0u; i < REGISTERS; i++) { // @unroll
        totals[i] += sums[i];
        sums[i] = vec4f();
      }
    }
    workgroupBarrier();
  }
  let first = (workgroup.z * ROWS + workgroup.y * TILE_M + 4u * vectors.x) * (COLUMNS / 4u) + workgroup.x * B4 + vectors.y;
  for (var i = 0u; i < REGISTERS; i++) { // @unroll
    output[first + i / REG_N4 * (COLUMNS / 4u) + i % REG_N4 * ACROSS] = totals[i];
  }
}
`,
  'winograd-weights': `// Winograd's transform of the weights, G·g·Gᵀ (\`winograd.wgsl\`). Done once: weights are constants.
// Layout: weights [group][channel][3][3][row], as \`map-weights.wgsl\` makes them; output [group][position][channel][row],
// with CHANNELS and COLUMNS (rows) padded by zeros. One channel and row per invocation.
@group(0) @binding(0) var<storage, read> weights: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;

override CHANNELS: u32;
override COLUMNS: u32;
// @include winograd
// @include per-element

fn element(i: u32) {
  let group = i / (CHANNELS * COLUMNS);
  let in_group = i - group * (CHANNELS * COLUMNS);
  let column = i % COLUMNS;
  let first = (i - column) * 9u + column;
  // Down the columns, then along the rows.
  var passed: array<Line, 3>;
  for (var x = 0u; x < 3u; x++) { // @unroll
    passed[x] = transform_weights(vec3f(
      weights[first + x * COLUMNS],
      weights[first + (3u + x) * COLUMNS],
      weights[first + (6u + x) * COLUMNS],
    ));
  }
  for (var y = 0u; y < SIDE; y++) { // @unroll
    let line = transform_weights(vec3f(passed[0][y], passed[1][y], passed[2][y]));
    for (var x = 0u; x < SIDE; x++) { // @unroll
      output[(group * POSITIONS + y * SIDE + x) * (CHANNELS * COLUMNS) + in_group] = line[x];
    }
  }
}
`,
};

/** What `// @include NAME` stands for. */
export type IncludeName =
  | 'combine'
  | 'conv-product'
  | 'dense'
  | 'divisor'
  | 'element-functions'
  | 'epilogue'
  | 'index'
  | 'lrn-window'
  | 'per-element'
  | 'row-result'
  | 'smallest'
  | 'stabilize'
  | 'tile-product'
  | 'weight-map'
  | 'window'
  | 'winograd';
export const INCLUDES: Readonly<Record<IncludeName, string>> = {
  'combine': `// (sum, minimum, maximum, sum) over a workgroup of 256: sixteen by sixteen, which takes few barriers, in fixed order.
var<workgroup> shared_results: array<vec4f, 256>;

fn combine(a: vec4f, b: vec4f) -> vec4f {
  return vec4f(a.x + b.x, min(a.y, b.y), max(a.z, b.z), a.w + b.w);
}

fn combined(own: vec4f, local: u32) -> vec4f {
  workgroupBarrier(); // an earlier result may still be read
  shared_results[local] = own;
  workgroupBarrier();
  if (local < 16u) {
    var sixteen = own;
    for (var i = local + 16u; i < 256u; i += 16u) {
      sixteen = combine(sixteen, shared_results[i]);
    }
    shared_results[local] = sixteen;
  }
  workgroupBarrier();
  var result = shared_results[0];
  for (var i = 1u; i < 16u; i++) {
    result = combine(result, shared_results[i]);
  }
  return result;
}
`,
  'conv-product': `// A convolution or its transpose as a matrix product: what \`conv.wgsl\` and \`conv-narrow.wgsl\` share.
//
//   out[n, m, y, x] = finish( Σ_k w[k, m] · in[n, channel(k), gy·STRIDE + dy(k), gx·STRIDE + dx(k)] )
//
// One row k of the product is one tap of one input channel; the table \`taps\` says where it reads, so the same kernels
// serve both directions, every dilation and every padding. A strided transposed convolution falls into phases (Dumoulin
// and Visin 2016): outputs (gy·SCALE + origin) of one phase are a stride-1 convolution with a subset of the taps, a range
// of rows k. Or all SCALE_Y×SCALE_X PLACES at a point of the grid are made at once, as channels of their own: the input
// is read once, and taps that a place does not have are zeros. A forward convolution is one phase with SCALE 1.
//
// Layout: in [N, CHANNELS, H, W]; weights [group][k][m], m = [place][channel] padded to TILE_M, each phase's k padded to TILE_K by rows of
// zeros; out [N, GROUPS·ROWS, OUT_H, OUT_W], or with SPLITS > 1 one such tensor of partial sums for each split.
// Grid: x, y: tiles of pixels; z: tile of channels, then split, phase, group.
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> weights: array<vec4f>;
// Per row: offset in \`input\` relative to the pixel, and dy·2¹⁶ + dx.
@group(0) @binding(2) var<storage, read> taps: array<vec2i>;
// Per phase: first row, end row, y and x of its first output (which may lie outside).
@group(0) @binding(3) var<storage, read> phases: array<vec4i>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;
@group(0) @binding(5) var<storage, read> other: array<f32>;
@group(0) @binding(6) var<storage, read_write> output: array<f32>;

// Samples, channels of \`input\` and of one group of it, its height and width.
override BATCH: u32;
override CHANNELS: u32;
override GROUP_IN: u32;
override H: u32;
override W: u32;
// Output channels of one group, places made at once, output height and width.
override ROWS: u32;
override PLACES: u32;
override OUT_H: u32;
override OUT_W: u32;
// Points of the grid.
override GRID_H: u32;
override GRID_W: u32;
override STRIDE_Y: u32;
override STRIDE_X: u32;
override SCALE_Y: u32;
override SCALE_X: u32;
override PHASES: u32;
override SPLITS: u32;
// Rows k of all phases.
override DEPTH: u32;
override TILE_M: u32;
override TILE_N: u32;
override TILE_K: u32;
override REG_M4: u32; // channels of an invocation / 4
override REG_N: u32; // its pixels
override REGISTERS: u32; // REG_M4 · REG_N
// @include epilogue
// @include index

const M_TILES = (PLACES * ROWS + TILE_M - 1u) / TILE_M;
const PIXELS = BATCH * GRID_H * GRID_W;
const A_COLUMNS = TILE_M / 4u;
const OUT_CHANNELS = GROUPS * ROWS;
// Rounding errors grow with the length of a chain of additions: sums are made of so many rows, then added.
const STRETCH = 64u;

// What a workgroup does: its tile of channels, split, phase and group, and the split's rows, in whole tiles.
struct Share {
  m_tile: u32,
  split: u32,
  // First output y and x of the phase.
  origin: vec2i,
  group: u32,
  k_first: u32,
  k_end: u32,
  // The first vector of its weights in row 0.
  weights: u32,
}

fn share_of(z: u32) -> Share {
  let m_tile = z % M_TILES;
  let split = z / M_TILES % SPLITS;
  let phase = phases[z / (M_TILES * SPLITS) % PHASES];
  let group = z / (M_TILES * SPLITS * PHASES);
  let blocks = u32(phase.y - phase.x) / TILE_K;
  let k_first = u32(phase.x) + blocks * split / SPLITS * TILE_K;
  let k_end = u32(phase.x) + blocks * (split + 1u) / SPLITS * TILE_K;
  let first = group * DEPTH * (M_TILES * A_COLUMNS) + m_tile * A_COLUMNS;
  return Share(m_tile, split, phase.zw, group, k_first, k_end, first);
}

// Where the taps of a pixel start: y, x and offset in \`input\`. Pixels past the last lie above the image, where all is 0.
fn place_of(pixel: u32, group: u32) -> vec3i {
  let sample = pixel / (GRID_H * GRID_W);
  let in_grid = pixel - sample * (GRID_H * GRID_W);
  let grid_y = in_grid / GRID_W;
  let y = select(-0x10000000, i32(grid_y * STRIDE_Y), pixel < PIXELS);
  let x = i32((in_grid - grid_y * GRID_W) * STRIDE_X);
  return vec3i(y, x, i32((sample * CHANNELS + group * GROUP_IN) * (H * W)) + y * i32(W) + x);
}

fn fetch(place: vec3i, tap: vec2i) -> f32 {
  let inside = u32(place.x + (tap.y >> 16u)) < H && u32(place.y + ((tap.y << 16u) >> 16u)) < W;
  if (inside) {
    return input[place.z + tap.x];
  }
  return 0.0;
}

// Finishes and writes the results of an invocation's pixel j: its rows from m_first on.
fn write_pixel(share: Share, pixel: u32, m_first: u32, results: ptr<function, array<vec4f, REGISTERS>>, j: u32) {
  if (pixel >= PIXELS) {
    return;
  }
  let sample = pixel / (GRID_H * GRID_W);
  let in_grid = pixel - sample * (GRID_H * GRID_W);
  let grid_y = in_grid / GRID_W;
  let first_y = i32(grid_y * SCALE_Y) + share.origin.x;
  let first_x = i32((in_grid - grid_y * GRID_W) * SCALE_X) + share.origin.y;
  for (var i = 0u; i < 4u * REG_M4 && m_first + i < PLACES * ROWS; i++) {
    let place = (m_first + i) / ROWS;
    let channel = share.group * ROWS + m_first + i - place * ROWS;
    let y = u32(first_y + i32(place / SCALE_X));
    let x = u32(first_x + i32(place % SCALE_X));
    if (y >= OUT_H || x >= OUT_W) {
      continue;
    }
    let at = (sample * OUT_CHANNELS + channel) * (OUT_H * OUT_W) + y * OUT_W + x;
    let sum = (*results)[i / 4u * REG_N + j][i % 4u];
    if (SPLITS > 1u) {
      output[share.split * (BATCH * OUT_CHANNELS * OUT_H * OUT_W) + at] = sum;
    } else {
      output[at] = finish(sum, sample, channel, y * OUT_W + x);
    }
  }
}
`,
  'dense': `// A rule's change to one weight of a dense layer, made while it is read: the layer may be huge. \`maps\` holds the
// coefficients of \`weight-map.wgsl\`, [output part][input part] of the layer; with TRANSPOSED the results are parts of
// the layer's input.
// @include weight-map

fn map_weight(w: f32, part: u32, in_part: u32) -> f32 {
  if (PLAIN) {
    return w;
  }
  return apply_map(maps[select(part * X_PARTS + in_part, in_part * PARTS + part, TRANSPOSED)], w);
}
`,
  'divisor': `// What the sum of a window of an average pooling is divided by. DIVISOR 0: the taps inside the image; 1: those inside
// the padded image; 2: one.
override DIVISOR: u32;

fn divisor(y: u32, x: u32) -> f32 {
  if (DIVISOR == 2u) {
    return 1.0;
  }
  var rows = 0u;
  var columns = 0u;
  for (var ky = 0u; ky < KERNEL_H; ky++) {
    let h = input_y(y, ky);
    rows += select(select(0u, 1u, h < i32(H) + PAD_BOTTOM), select(0u, 1u, h >= 0 && h < i32(H)), DIVISOR == 0u);
  }
  for (var kx = 0u; kx < KERNEL_W; kx++) {
    let w = input_x(x, kx);
    columns += select(select(0u, 1u, w < i32(W) + PAD_RIGHT), select(0u, 1u, w >= 0 && w < i32(W)), DIVISOR == 0u);
  }
  return f32(rows * columns);
}
`,
  'element-functions': `// Functions of one element by their numbers (src/kernels/activation/attributes.ts), with parameters A, B and C.
override KIND: u32;
override A: f32;
override B: f32;
override C: f32;

const GELU_SCALE = 0.7978845608;
const GELU_CUBE = 0.044715;

// exp of a number that is not positive cannot overflow.
fn sigmoid(x: f32) -> f32 {
  let power = exp(-abs(x));
  return select(power, 1.0, x >= 0.0) / (1.0 + power);
}

// tanh overflows on some devices for large arguments.
fn bounded_tanh(x: f32) -> f32 {
  return tanh(clamp(x, -15.0, 15.0));
}

// Abramowitz & Stegun 7.1.26: right to 1.5e-7.
fn error_function(x: f32) -> f32 {
  let t = 1.0 / (1.0 + 0.3275911 * abs(x));
  let series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return sign(x) * (1.0 - series * exp(-min(x * x, 80.0)));
}

fn gelu_tanh(x: f32) -> f32 {
  return bounded_tanh(GELU_SCALE * (x + GELU_CUBE * x * x * x));
}

// x to the power A: pow is undefined for x < 0.
fn power(x: f32, exponent: f32) -> f32 {
  let size = pow(abs(x), exponent);
  return select(size, -size, x < 0.0 && abs(exponent) % 2.0 == 1.0);
}
`,
  'epilogue': `// What is done to each result z of a layer before it is written: the bias is added, then nothing (0), max(z,0) (1),
// the quotient scale·R/stab(z) of LRP (2), or the product z·a (3). Shared by convolutions and dense layers.
// The includer binds \`bias\` [stacked channels] and \`other\`: R [N, channels, plane] or a, shaped like the result.
override EPILOGUE: u32;
override HAS_BIAS: bool;
// Parts of the output, plain channels per group, and groups: how stacked channels lie (kernels/shared/maps.ts).
override PARTS: u32;
override GROUP_CHANNELS: u32;
override GROUPS: u32;
// Positions of one channel.
override PLANE: u32;
override SCALE_0: f32;
override SCALE_1: f32;
// @include stabilize

fn finish(sum: f32, sample: u32, channel: u32, position: u32) -> f32 {
  var z = sum;
  if (HAS_BIAS) {
    z += bias[channel];
  }
  if (EPILOGUE == 1u) {
    z = max(z, 0.0);
  }
  if (EPILOGUE == 2u) {
    let group = channel / (PARTS * GROUP_CHANNELS);
    let within = channel - group * (PARTS * GROUP_CHANNELS);
    let part = within / GROUP_CHANNELS;
    let plain = group * GROUP_CHANNELS + within - part * GROUP_CHANNELS;
    let relevance = other[(sample * (GROUPS * GROUP_CHANNELS) + plain) * PLANE + position];
    z = quotient(select(SCALE_1, SCALE_0, part == 0u) * relevance, z, 1.0);
  }
  if (EPILOGUE == 3u) {
    z *= other[(sample * (PARTS * GROUPS * GROUP_CHANNELS) + channel) * PLANE + position];
  }
  return z;
}
`,
  'index': `// The index of an invocation among all elements: workgroups beyond 65535 continue in the next row of the grid
// (\`flatWorkgroups\` in step.ts).
fn flat_index(workgroup: vec3u, groups: vec3u, local: u32, size: u32) -> u32 {
  return (workgroup.y * groups.x + workgroup.x) * size + local;
}
`,
  'lrn-window': `// The window of channels of LRN; ALPHA is α/n.
override CHANNELS: u32;
override PLANE: u32;
override BEFORE: u32;
override AFTER: u32;
override ALPHA: f32;
override BETA: f32;
override BIAS: f32;

fn first_channel(channel: u32) -> u32 {
  return channel - min(channel, BEFORE);
}

fn last_channel(channel: u32) -> u32 {
  return min(channel + AFTER, CHANNELS - 1u);
}

// BIAS + ALPHA·Σ x² over the window of element i in a channel.
fn normalizer(i: u32, channel: u32) -> f32 {
  var squares = 0.0;
  for (var c = first_channel(channel); c <= last_channel(channel); c++) {
    let x = input[i + c * PLANE - channel * PLANE];
    squares += x * x;
  }
  return BIAS + ALPHA * squares;
}
`,
  'per-element': `// One invocation for each of COUNT elements: what is to be done is the includer's function \`element\`.
override COUNT: u32;
// @include index

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = flat_index(workgroup, groups, local, 256u);
  if (i < COUNT) {
    element(i);
  }
}
`,
  'row-result': `// Writes the result of a row, (sum, minimum, maximum, sum), to \`output\`; with SUMS_ONLY just the two sums.
override SUMS_ONLY: bool;

fn write_result(row: u32, result: vec4f) {
  if (SUMS_ONLY) {
    output[2u * row] = result.x;
    output[2u * row + 1u] = result.w;
  } else {
    output[4u * row] = result.x;
    output[4u * row + 1u] = result.y;
    output[4u * row + 2u] = result.z;
    output[4u * row + 3u] = result.w;
  }
}
`,
  'smallest': `// The smallest float32 that no GPU takes for zero: smaller ones may be flushed.
const SMALLEST = 1.1754944e-38;
`,
  'stabilize': `// The quotient of LRP, r / stab(z). STABILIZER 0: z + ε·scale·sign(z), sign(0) = +1; 1: sign(z)·max(|z|, ε).
// Where the denominator is 0, or too small for a GPU to tell (possible only with ε = 0), the quotient is 0.
override STABILIZER: u32;
override EPSILON: f32;
// @include smallest

fn stabilize(z: f32, scale: f32) -> f32 {
  let sign = select(-1.0, 1.0, z >= 0.0);
  if (STABILIZER == 1u) {
    return sign * max(abs(z), EPSILON);
  }
  return z + sign * EPSILON * scale;
}

fn quotient(r: f32, z: f32, scale: f32) -> f32 {
  let denominator = stabilize(z, scale);
  if (abs(denominator) < SMALLEST) {
    return 0.0;
  }
  return r / denominator;
}
`,
  'tile-product': `// One step of a tiled matrix product: what an invocation's 4·REG_M4 rows and 4·REG_N4 columns gain from the TILE_K steps
// that lie in workgroup memory. Shared by dense layers and Winograd's products. The includer declares \`tile_a\` and
// \`tile_b\`, [TILE_K][A_PITCH] and [TILE_K][B_PITCH] vectors.
override TILE_M: u32;
override TILE_N: u32;
override TILE_K: u32;
override REG_M4: u32;
override REG_N4: u32;
override REGISTERS: u32; // 4·REG_M4 · REG_N4
override THREADS: u32;

const A4 = TILE_M / 4u;
const B4 = TILE_N / 4u;
const ACROSS = B4 / REG_N4;
// Rounding errors grow with the length of a chain of additions: sums are made of so many steps, then added.
const STRETCH = 64u;

// Of an invocation's vectors, the first of its rows (they lie side by side), and of its columns (ACROSS apart).
fn first_vectors(local: u32) -> vec2u {
  return vec2u(local / ACROSS * REG_M4, local % ACROSS);
}

fn multiply_tiles(local: u32, sums: ptr<function, array<vec4f, REGISTERS>>) {
  // As above; the remainder tells the compiler that no index leaves the tiles. It bounds each index else, and the
  // kernel takes 1.7 times as long (bench/NOTES.md).
  let down = local % THREADS / ACROSS * REG_M4;
  let across = local % ACROSS;
  for (var row = 0u; row < TILE_K; row++) {
    var b: array<vec4f, REG_N4>;
    for (var j = 0u; j < REG_N4; j++) { // @unroll
      b[j] = tile_b[row * B_PITCH + across + j * ACROSS];
    }
    for (var i = 0u; i < REG_M4; i++) { // @unroll
      let a = tile_a[row * A_PITCH + down + i];
      for (var j = 0u; j < REG_N4; j++) { // @unroll
        (*sums)[4u * i * REG_N4 + j] += a.x * b[j];
        (*sums)[(4u * i + 1u) * REG_N4 + j] += a.y * b[j];
        (*sums)[(4u * i + 2u) * REG_N4 + j] += a.z * b[j];
        (*sums)[(4u * i + 3u) * REG_N4 + j] += a.w * b[j];
      }
    }
  }
}
`,
  'weight-map': `// A rule's change to one weight (kernels/shared/maps.ts): w ↦ a·max(w,0) + b·min(w,0) + c·w² + d of the coefficients
// (a, b, c, d).
fn apply_map(map: vec4f, w: f32) -> f32 {
  return map.x * max(w, 0.0) + map.y * min(w, 0.0) + map.z * w * w + map.w;
}
`,
  'window': `// A sliding window: tap (ky, kx) of window (y, x) reads input y·STRIDE + ky·DILATION − PAD.
override H: u32;
override W: u32;
override OUT_H: u32;
override OUT_W: u32;
override KERNEL_H: u32;
override KERNEL_W: u32;
override STRIDE_Y: u32;
override STRIDE_X: u32;
override DILATION_Y: u32;
override DILATION_X: u32;
override PAD_TOP: i32;
override PAD_LEFT: i32;
override PAD_BOTTOM: i32;
override PAD_RIGHT: i32;

fn input_y(y: u32, ky: u32) -> i32 {
  return i32(y * STRIDE_Y + ky * DILATION_Y) - PAD_TOP;
}

fn input_x(x: u32, kx: u32) -> i32 {
  return i32(x * STRIDE_X + kx * DILATION_X) - PAD_LEFT;
}

// The windows that may reach input row y: from .x up to and without .y; a dilated window may still step over it.
fn windows_y(y: u32) -> vec2i {
  return windows(i32(y) + PAD_TOP, i32(DILATION_Y * (KERNEL_H - 1u)), i32(STRIDE_Y), i32(OUT_H));
}

fn windows_x(x: u32) -> vec2i {
  return windows(i32(x) + PAD_LEFT, i32(DILATION_X * (KERNEL_W - 1u)), i32(STRIDE_X), i32(OUT_W));
}

fn windows(at: i32, reach: i32, stride: i32, count: i32) -> vec2i {
  let first = (max(at - reach, 0) + stride - 1) / stride;
  return vec2i(first, min(at / stride + 1, count));
}
`,
  'winograd': `// Winograd's minimal filtering F(m×m, 3×3) (Lavin and Gray 2016), m = TILE = 4 or 2 outputs a side: a tile of (m+2)²
// inputs gives m² outputs with (m+2)² multiplications instead of 9·m²,
//
//   Y = Aᵀ·[ (G·g·Gᵀ) ⊙ (Bᵀ·d·B) ]·A
//
// and the elementwise products ⊙, summed over channels, are (m+2)² matrix products. For m = 4 the interpolation points
// are 0, ±√½, ±√2 and ∞: the error is twice that of the direct sum, where the usual 0, ±1, ±2 have eight times. For m = 2
// they are 0, ±1 and ∞, and the error is less than the direct sum's (measured: bench/NOTES.md).
//
// What follows is one dimension of each transform; vectors of m + 2 have zeros behind them where m = 2.
override TILE: u32;
override SIDE: u32; // m + 2
override POSITIONS: u32; // (m + 2)²

const SQRT_HALF = 0.7071067811865476;
const SQRT_TWO = 1.4142135623730951;

alias Line = array<f32, 6>;

// Bᵀ·d
fn transform_input(d: Line) -> Line {
  if (TILE == 2u) {
    return Line(d[0] - d[2], d[1] + d[2], d[2] - d[1], d[3] - d[1], 0.0, 0.0);
  }
  let odd1 = SQRT_HALF * (d[3] - 2.0 * d[1]);
  let even1 = d[4] - 2.0 * d[2];
  let odd2 = SQRT_TWO * (d[3] - 0.5 * d[1]);
  let even2 = d[4] - 0.5 * d[2];
  return Line(
    d[0] - 2.5 * d[2] + d[4],
    even1 + odd1,
    even1 - odd1,
    even2 + odd2,
    even2 - odd2,
    d[1] - 2.5 * d[3] + d[5],
  );
}

// G·g: the polynomial's values at the points, over the products of the points' distances.
fn transform_weights(g: vec3f) -> Line {
  if (TILE == 2u) {
    let even = 0.5 * (g[0] + g[2]);
    let odd = 0.5 * g[1];
    return Line(g[0], even + odd, even - odd, g[2], 0.0, 0.0);
  }
  let even1 = (g[0] + 0.5 * g[2]) / -1.5;
  let odd1 = g[1] * (-SQRT_HALF / 1.5);
  let even2 = (g[0] + 2.0 * g[2]) / 6.0;
  let odd2 = g[1] * (SQRT_TWO / 6.0);
  return Line(g[0], even1 + odd1, even1 - odd1, even2 + odd2, even2 - odd2, g[2]);
}

// Aᵀ·m; of m = 2 the first two.
fn transform_output(m: Line) -> vec4f {
  if (TILE == 2u) {
    return vec4f(m[0] + (m[1] + m[2]), m[1] - m[2] + m[3], 0.0, 0.0);
  }
  let sum1 = m[1] + m[2];
  let difference1 = SQRT_HALF * (m[1] - m[2]);
  let sum2 = m[3] + m[4];
  let difference2 = SQRT_TWO * (m[3] - m[4]);
  return vec4f(
    m[0] + sum1 + sum2,
    difference1 + difference2,
    2.0 * sum2 + 0.5 * sum1,
    2.0 * difference2 + 0.5 * difference1 + m[5],
  );
}
`,
};
