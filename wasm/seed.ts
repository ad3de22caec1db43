@unmanaged
class Seed {
  logits: usize;
  /** Weights over the classes, [N][classes]; 0 where the target is found by its logit. */
  weights: usize;
  y: usize;
  classes: u32;
  /** 0: weight·logit; 1: the weight; 2: contrastive; 3: against the runner-up. */
  init: u32;
  /** How many classes are before the target in the order of the logits. */
  rank: u32;
}

const NONE: u32 = 0xffffffff;

/** Where relevance starts (src/kernels/seed). item = sample. */
export function seed(item: u32, args: usize): void {
  const a = changetype<Seed>(args);
  const row = <usize>(item * a.classes) << 2;
  const logits = a.logits + row;
  let winner: u32 = NONE;
  if (!a.weights) for (let rank: u32 = 0; rank <= a.rank; rank++) winner = next(a, row, winner);
  // The likeliest class without weight: the first in order, or where that is the target the second.
  let runnerUp: u32 = NONE;
  if (a.init == 3) {
    do runnerUp = next(a, row, runnerUp);
    while (runnerUp != NONE && weightOf(a, row, runnerUp, winner) != 0);
  }
  let start: f64 = 0;
  for (let k: u32 = 0; k < a.classes; k++) start += <f64>weightOf(a, row, k, winner) * <f64>load<f32>(logits + (k << 2));
  for (let k: u32 = 0; k < a.classes; k++) {
    const weight = weightOf(a, row, k, winner);
    let value = a.init == 1 ? weight : weight * load<f32>(logits + (k << 2));
    if (a.init == 2 && weight == 0) value = <f32>(-start / <f64>(a.classes - 1));
    if (k == runnerUp) value = <f32>-start;
    store<f32>(a.y + row + (k << 2), value);
  }
}

/** The class after this one in the order of the logits, the first of equals first; after NONE the first of all. */
function next(a: Seed, row: usize, before: u32): u32 {
  const logits = a.logits + row;
  const bound = before == NONE ? Infinity : <f64>load<f32>(logits + (before << 2));
  let found: u32 = NONE;
  let largest: f64 = -Infinity;
  for (let k: u32 = 0; k < a.classes; k++) {
    const logit = <f64>load<f32>(logits + (k << 2));
    if (before != NONE && (logit > bound || (logit == bound && k <= before))) continue;
    if (found == NONE || logit > largest) {
      found = k;
      largest = logit;
    }
  }
  return found;
}

@inline
function weightOf(a: Seed, row: usize, k: u32, winner: u32): f32 {
  if (a.weights) return load<f32>(a.weights + row + (k << 2));
  return k == winner ? 1 : 0;
}
