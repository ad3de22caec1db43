// Saliency of each query of a slab, as `patch-saliency.wgsl` computes it, for up to 64 nearest: each row of distances is
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
    // Fewer than K numbers are below `low`, and at least K do not exceed `high`; bits order like the numbers.
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
