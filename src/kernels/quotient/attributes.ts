/**
 * How a denominator is kept away from zero. `absolute`: z + ε·sign(z), sign(0) = +1; `relative`: the same with
 * ε·rms(z), the root mean square over one sample's whole output of the layer (Kohlbrenner et al. 2020; Montavon's
 * tutorial); `clip`: sign(z)·max(|z|, ε).
 */
export interface Stabilizer {
  readonly kind: 'absolute' | 'relative' | 'clip';
  readonly epsilon: number;
}

/**
 * The quotient step of LRP, s = scale·R / stab(z), where z has one or more parts per output (see `shared/maps.ts`) and each
 * part its own scale (α and −β of alpha-beta). Where the denominator is exactly 0, s = 0.
 */
export interface Quotient {
  readonly scales: readonly number[];
  readonly stabilizer: Stabilizer;
}

export interface QuotientAttributes extends Quotient {
  /** Groups of the layer: how parts are stacked. */
  readonly groups: number;
  /**
   * With a third input b [N,C,...] and two parts: part 0 counts where b > 0, part 1 where b < 0, none where b = 0
   * (gamma's two branches).
   */
  readonly branch?: boolean;
}

const BOUNDS: Readonly<Record<Stabilizer['kind'], boolean>> = { absolute: false, relative: false, clip: true };

/** Whether |z| is bounded from below; else ε, as it is or times rms(z), is added to it. */
export const bounds = ({ kind }: Stabilizer): boolean => BOUNDS[kind];
