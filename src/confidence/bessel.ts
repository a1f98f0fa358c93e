/**
 * Modified Bessel functions of the first kind, float64, for the orders and arguments of von
 * Mises–Fisher mathematics.
 *
 * One smooth form serves all κ ≥ 0: Debye's uniform expansion (DLMF 10.41.3) at an order V ≥ 64. If
 * v is smaller, the three-term recurrence follows from V down to v, the direction in which it is
 * stable (DLMF 10.74(iv)). No two forms are joined at some κ, so derivatives agree everywhere.
 */

/** Terms of the expansion after the first. At V ≥ 64 the next one is below 1e-13. */
const TERMS = 8;
/** The same in float32: at V ≥ 64 the next term is below its rounding. */
const FLOAT32_TERMS = 3;
/** The least order at which the expansion is evaluated. */
const MIN_DEBYE_ORDER = 64;

/**
 * Evaluations in float32 clamp log κ to ± this, so that κ² stays finite. No trained head comes
 * near it.
 */
export const LOG_KAPPA_LIMIT = 30;

/**
 * Coefficients of u_k(p), lowest power first, by DLMF 10.41.9: u_{k+1} = ½p²(1−p²)u_k′ +
 * ⅛∫₀ᵖ(1−5q²)u_k dq.
 */
const debyePolynomials: readonly (readonly number[])[] = (() => {
  const all: number[][] = [[1]];
  for (let k = 0; k < TERMS; k++) {
    const u = all[k]!;
    const next = new Array<number>(u.length + 3).fill(0);
    u.forEach((coefficient, power) => {
      next[power + 1]! += 0.5 * power * coefficient + coefficient / (8 * (power + 1));
      next[power + 3]! -= 0.5 * power * coefficient + (5 * coefficient) / (8 * (power + 3));
    });
    all.push(next);
  }
  return all;
})();

/** Coefficients of ½u_k(p) + p·u_k′(p), from which the expansion of the ratio is made. */
const ratioPolynomials: readonly (readonly number[])[] = debyePolynomials.map((u) =>
  u.map((coefficient, power) => (0.5 + power) * coefficient),
);

/** The least order ≥ {@link MIN_DEBYE_ORDER} that is a whole number of steps above v. */
function debyeOrder(v: number): number {
  return v + Math.max(0, Math.ceil(MIN_DEBYE_ORDER - v));
}

/**
 * One evaluation: L = log I_v(κ) − v log κ, finite at κ = 0, and the ratio I_{v+1}(κ)/I_v(κ).
 */
export interface BesselValue {
  readonly logScaled: number;
  readonly ratio: number;
}

/**
 * L(κ) = log I_v(κ) − v log κ and I_{v+1}/I_v.
 * @param v order, ≥ 0
 * @param kappa argument, ≥ 0
 * @throws RangeError for any other v or κ
 */
export function besselI(v: number, kappa: number): BesselValue {
  if (!(v >= 0) || !(kappa >= 0) || kappa === Infinity)
    throw new RangeError(
      `I_v(kappa) takes v ≥ 0 and a finite kappa ≥ 0; it was given v = ${v}, kappa = ${kappa}.`,
    );
  const order = debyeOrder(v);
  const t = kappa / order;
  const s = Math.sqrt(1 + t * t);
  const p = 1 / s;
  let sum = 0;
  let correction = 0;
  for (let k = TERMS; k >= 1; k--) {
    const scale = order ** -k;
    sum += polynomial(debyePolynomials[k]!, p) * scale;
    correction += polynomial(ratioPolynomials[k - 1]!, p) * scale;
  }
  let logScaled =
    order * (s - Math.log1p(s) - Math.log(order)) -
    0.5 * Math.log(2 * Math.PI * order * s) +
    Math.log1p(sum);
  let ratio = t / (1 + s) - (t * p * p * correction) / (1 + sum);
  for (let j = order - 1; j > v - 0.5; j--) {
    const denominator = 2 * (j + 1) + kappa * ratio;
    logScaled += Math.log(denominator);
    ratio = kappa / denominator;
  }
  return { logScaled, ratio };
}

/** log I_v(κ). −∞ at κ = 0 for v > 0. */
export function logBesselI(v: number, kappa: number): number {
  const { logScaled } = besselI(v, kappa);
  return v === 0 ? logScaled : logScaled + v * Math.log(kappa);
}

/** Numbers of the expansion for evaluations in float32, which tensors and GPU kernels share. */
export interface Float32Debye {
  /** The order that is wanted: d/2 − 1. */
  readonly v: number;
  /** V, at which the expansion is evaluated; the recurrence goes down from it to v. */
  readonly order: number;
  /** Coefficients of Σ u_k(p)/Vᵏ, lowest power of p first. */
  readonly series: readonly number[];
  /** Coefficients of Σ (½u_{k−1}(p) + p·u′_{k−1}(p))/Vᵏ, lowest power of p first. */
  readonly ratioSeries: readonly number[];
  /** ½ log 2πV */
  readonly halfLogTwoPiOrder: number;
}

/** The expansion for densities on the sphere in `dimension` dimensions. */
export function float32Debye(dimension: number): Float32Debye {
  const v = dimension / 2 - 1;
  const order = debyeOrder(v);
  return {
    v,
    order,
    series: seriesCoefficients(debyePolynomials.slice(1), order),
    ratioSeries: seriesCoefficients(ratioPolynomials, order),
    halfLogTwoPiOrder: 0.5 * Math.log(2 * Math.PI * order),
  };
}

/**
 * Σ_{k=1..FLOAT32_TERMS} c_k(p)/Vᵏ as one polynomial of p, lowest power first.
 * @param polynomials c₁, c₂, …
 * @param order V
 */
function seriesCoefficients(polynomials: readonly (readonly number[])[], order: number): number[] {
  const coefficients: number[] = [];
  for (let k = 1; k <= FLOAT32_TERMS; k++) {
    polynomials[k - 1]!.forEach((value, power) => {
      coefficients[power] = (coefficients[power] ?? 0) + value / order ** k;
    });
  }
  return coefficients;
}

function polynomial(coefficients: readonly number[], x: number): number {
  let value = 0;
  for (let power = coefficients.length - 1; power >= 0; power--)
    value = value * x + coefficients[power]!;
  return value;
}
