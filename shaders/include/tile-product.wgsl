// One step of a tiled matrix product: what an invocation's 4·REG_M4 rows and 4·REG_N4 columns gain from the TILE_K steps
// that lie in workgroup memory. Shared by dense layers and Winograd's products. The includer declares `tile_a` and
// `tile_b`, [TILE_K][A_PITCH] and [TILE_K][B_PITCH] vectors.
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
