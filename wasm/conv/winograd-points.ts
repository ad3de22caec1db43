/**
 * Winograd's minimal filtering F(m×m, 3×3) (Lavin and Gray 2016) with tiles of m = 4 or m = 2 outputs a side: 6×6 inputs
 * give 4×4 outputs with 36 multiplications instead of 144, 4×4 inputs give 2×2 outputs with 16 instead of 36.
 *
 * For m = 4 the interpolation points are 0, ±√½, ±√2 and ∞; with these the error is twice that of the direct sum, where
 * the usual 0, ±1, ±2 have eight times. For m = 2 they are 0, ±1 and ∞, and the error is less than the direct sum's
 * (measured: bench/NOTES.md).
 */
const A: f32 = 0.7071067811865476;
const B: f32 = 1.4142135623730951;
/** The numbers in the transforms of m = 4. In memory: of vector constants, some engines build each anew wherever it is used. */
const FACTORS = memory.data<f32>([-2, -0.5, -2.5, A, B, 2, 0.5]);

@inline
export function factor(index: usize): v128 {
  return v128.load_splat<f32>(FACTORS + (index << 2));
}
