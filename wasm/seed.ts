@unmanaged
class Seed {
  logits: usize;
  /** Weights over the classes, [N][classes]; 0 where the largest logit is the target. */
  weights: usize;
  y: usize;
  classes: u32;
  /** 0: weight·logit; 1: the weight; 2: contrastive. */
  init: u32;
}

/** Where relevance starts (src/kernels/seed). part = sample. */
export function seed(part: u32, args: usize): void {
  const a = changetype<Seed>(args);
  const row = <usize>(part * a.classes) << 2;
  const logits = a.logits + row;
  let winner: u32 = 0;
  for (let k: u32 = 1; k < a.classes; k++) {
    if (load<f32>(logits + (k << 2)) > load<f32>(logits + (winner << 2))) winner = k;
  }
  let start: f64 = 0;
  for (let k: u32 = 0; k < a.classes; k++) start += <f64>weightOf(a, row, k, winner) * <f64>load<f32>(logits + (k << 2));
  for (let k: u32 = 0; k < a.classes; k++) {
    const weight = weightOf(a, row, k, winner);
    let value = a.init == 1 ? weight : weight * load<f32>(logits + (k << 2));
    if (a.init == 2 && weight == 0) value = <f32>(-start / <f64>(a.classes - 1));
    store<f32>(a.y + row + (k << 2), value);
  }
}

@inline
function weightOf(a: Seed, row: usize, k: u32, winner: u32): f32 {
  if (a.weights) return load<f32>(a.weights + row + (k << 2));
  return k == winner ? 1 : 0;
}
