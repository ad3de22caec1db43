// Winograd's minimal filtering F(m×m, 3×3) (Lavin and Gray 2016), m = TILE = 4 or 2 outputs a side: a tile of (m+2)²
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
