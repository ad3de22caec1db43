@unmanaged
class Pool {
  /** The pooling's input [planes][height][width], or its relevance. */
  x: usize;
  /** Its output [planes][outputHeight][outputWidth], or the relevance there. */
  y: usize;
  /** Winners like y (max pooling); or multiplied with a transposed average's result, 0 where there is none. */
  other: usize;
  planes: u32;
  planesPerItem: u32;
  height: i32;
  width: i32;
  outputHeight: i32;
  outputWidth: i32;
  kernelHeight: i32;
  kernelWidth: i32;
  strideY: i32;
  strideX: i32;
  dilationY: i32;
  dilationX: i32;
  padY: i32;
  padX: i32;
  /** Extents with the pads behind: a tap before these is inside the padded image. */
  paddedHeight: i32;
  paddedWidth: i32;
  /** An average's divisor: 0 the taps inside the image, 1 those inside the padded image, 2 one. */
  divisor: u32;
}

/** First tap at or behind the image's start, for a window that begins at `start`. */
@inline
function firstTap(start: i32, dilation: i32): i32 {
  return start < 0 ? (dilation - 1 - start) / dilation : 0;
}

/** The tap behind the last one before `extent`. */
@inline
function endTap(start: i32, dilation: i32, extent: i32, taps: i32): i32 {
  return start >= extent ? 0 : min(taps, (extent - 1 - start) / dilation + 1);
}

/** The values of one tap of four neighbouring windows. */
@inline
function fourTaps(at: usize, strideX: i32): v128 {
  const near = v128.load(at);
  return strideX == 1 ? near : v128.shuffle<f32>(near, v128.load(at, 16), 0, 2, 4, 6);
}

/** Maxima and winners of four neighbouring windows inside the image, the first of which begins at position `first`. */
function fourMaxima(a: Pool, x: usize, first: i32, to: usize): void {
  const stride = a.strideX;
  const one = f32x4.splat(1);
  const skipped = a.width - a.kernelWidth;
  const nextRow = f32x4.splat(<f32>skipped);
  let at = x + (<usize>first << 2);
  let place = f32x4.add(f32x4.splat(<f32>first), f32x4.mul(f32x4.splat(<f32>stride), f32x4(0, 1, 2, 3)));
  let best = fourTaps(at, stride);
  let winner = place;
  for (let ky = 0; ky < a.kernelHeight; ky++) {
    for (let kx = 0; kx < a.kernelWidth; kx++) {
      const value = fourTaps(at, stride);
      const more = f32x4.gt(value, best);
      best = v128.bitselect(value, best, more);
      winner = v128.bitselect(place, winner, more);
      place = f32x4.add(place, one);
      at += 4;
    }
    place = f32x4.add(place, nextRow);
    at += skipped << 2;
  }
  v128.store(a.y + to, best);
  v128.store(a.other + to, winner);
}

/** Maxima and their positions h·W+w, the first of equals. item = planes. */
export function maxPool(item: u32, args: usize): void {
  const a = changetype<Pool>(args);
  const end = min(a.planes, (item + 1) * a.planesPerItem);
  for (let plane = item * a.planesPerItem; plane < end; plane++) {
    const size = a.height * a.width;
    const x = a.x + (<usize>plane * size << 2);
    let to = <usize>plane * a.outputHeight * a.outputWidth << 2;
    for (let row = 0; row < a.outputHeight; row++) {
      const y0 = row * a.strideY - a.padY;
      const firstY = firstTap(y0, a.dilationY);
      const endY = endTap(y0, a.dilationY, a.height, a.kernelHeight);
      const whole = firstY == 0 && endY == a.kernelHeight && a.dilationX == 1 && a.dilationY == 1 && a.strideX <= 2;
      for (let column = 0; column < a.outputWidth; column++) {
        const x0 = column * a.strideX - a.padX;
        // Four windows at once, where their taps lie inside the image, and what is loaded with them inside the plane.
        // The last four of a row begin with some that are there already.
        const again = max(0, column + 4 - a.outputWidth);
        const start = x0 - again * a.strideX;
        const loaded = (y0 + a.kernelHeight - 1) * a.width + start + a.kernelWidth + 4 * a.strideX - 1;
        const inside = start >= 0 && start + 3 * a.strideX + a.kernelWidth <= a.width && loaded <= size;
        if (whole && inside && again <= column) {
          fourMaxima(a, x, y0 * a.width + start, to - (<usize>again << 2));
          to += (4 - again) << 2;
          column += 3 - again;
          continue;
        }
        const firstX = firstTap(x0, a.dilationX);
        const endX = endTap(x0, a.dilationX, a.width, a.kernelWidth);
        let winner = (y0 + firstY * a.dilationY) * a.width + x0 + firstX * a.dilationX;
        let best = load<f32>(x + (winner << 2));
        for (let ky = firstY; ky < endY; ky++) {
          const line = (y0 + ky * a.dilationY) * a.width + x0;
          for (let kx = firstX; kx < endX; kx++) {
            const at = line + kx * a.dilationX;
            const value = load<f32>(x + (at << 2));
            const more = value > best;
            best = select(value, best, more);
            winner = select(at, winner, more);
          }
        }
        store<f32>(a.y + to, best);
        store<f32>(a.other + to, <f32>winner);
        to += 4;
      }
    }
  }
}

/** Each window's relevance (y) to its winner. item = planes. */
export function maxPoolTranspose(item: u32, args: usize): void {
  const a = changetype<Pool>(args);
  const end = min(a.planes, (item + 1) * a.planesPerItem);
  const windows = <usize>a.outputHeight * a.outputWidth << 2;
  const size = <usize>a.height * a.width << 2;
  for (let plane = item * a.planesPerItem; plane < end; plane++) {
    const x = a.x + plane * size;
    memory.fill(x, 0, size);
    const from = plane * windows;
    for (let i: usize = 0; i < windows; i += 4) {
      const at = x + (<usize>load<f32>(a.other + from + i) << 2);
      store<f32>(at, load<f32>(at) + load<f32>(a.y + from + i));
    }
  }
}

/** Averages, or where `transposed` what each window's value gives to its inputs. item = planes. */
@inline
function average(item: u32, args: usize, transposed: bool): void {
  const a = changetype<Pool>(args);
  const end = min(a.planes, (item + 1) * a.planesPerItem);
  const size = <usize>a.height * a.width << 2;
  for (let plane = item * a.planesPerItem; plane < end; plane++) {
    const x = a.x + plane * size;
    if (transposed) memory.fill(x, 0, size);
    let to = a.y + (<usize>plane * a.outputHeight * a.outputWidth << 2);
    for (let row = 0; row < a.outputHeight; row++) {
      const y0 = row * a.strideY - a.padY;
      const firstY = firstTap(y0, a.dilationY);
      const endY = endTap(y0, a.dilationY, a.height, a.kernelHeight);
      const paddedY = endTap(y0, a.dilationY, a.paddedHeight, a.kernelHeight);
      for (let column = 0; column < a.outputWidth; column++) {
        const x0 = column * a.strideX - a.padX;
        const firstX = firstTap(x0, a.dilationX);
        const endX = endTap(x0, a.dilationX, a.width, a.kernelWidth);
        const paddedX = endTap(x0, a.dilationX, a.paddedWidth, a.kernelWidth);
        let divisor: f32 = 1;
        if (a.divisor == 0) divisor = <f32>((endY - firstY) * (endX - firstX));
        if (a.divisor == 1) divisor = <f32>(paddedY * paddedX);
        let sum: f32 = 0;
        const share = transposed ? load<f32>(to) / divisor : 0;
        for (let ky = firstY; ky < endY; ky++) {
          const line = (y0 + ky * a.dilationY) * a.width + x0;
          for (let kx = firstX; kx < endX; kx++) {
            const at = x + ((line + kx * a.dilationX) << 2);
            if (transposed) store<f32>(at, load<f32>(at) + share);
            else sum += load<f32>(at);
          }
        }
        if (!transposed) store<f32>(to, sum / divisor);
        to += 4;
      }
    }
    if (transposed && a.other) {
      const operand = a.other + plane * size;
      for (let i: usize = 0; i < size; i += 4) store<f32>(x + i, load<f32>(x + i) * load<f32>(operand + i));
    }
  }
}

export function averagePool(item: u32, args: usize): void {
  average(item, args, false);
}

export function averagePoolTranspose(item: u32, args: usize): void {
  average(item, args, true);
}
