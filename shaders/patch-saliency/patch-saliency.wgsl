// Saliency of each query of a slab: S = 1 − exp(−mean of the K smallest distances) (Goferman et al. 2012, eq. 4).
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
