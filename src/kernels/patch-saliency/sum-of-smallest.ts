/**
 * The sum of the `count` smallest numbers, added in ascending order, so that the order of the numbers changes no bit of
 * it. Reorders `values`. Selection by Hoare's quickselect: linear time, and ties are harmless.
 */
export function sumOfSmallest(values: Float64Array, count: number): number {
  select(values, count);
  let sum = 0;
  for (const value of values.subarray(0, count).sort()) sum += value;
  return sum;
}

/** Brings the `count` smallest numbers to the front. */
function select(values: Float64Array, count: number): void {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const pivot = median(values[low]!, values[(low + high) >> 1]!, values[high]!);
    let left = low;
    let right = high;
    while (left <= right) {
      while (values[left]! < pivot) left++;
      while (values[right]! > pivot) right--;
      if (left <= right) {
        const swapped = values[left]!;
        values[left++] = values[right]!;
        values[right--] = swapped;
      }
    }
    if (count - 1 <= right) high = right;
    else if (count - 1 >= left) low = left;
    else return;
  }
}

function median(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
