// The smallest float32 that no GPU takes for zero: smaller ones may be flushed.
const SMALLEST = 1.1754944e-38;
