import type { GradSaveFunc, Scalar, Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { float32Debye, LOG_KAPPA_LIMIT, type Float32Debye } from '../../confidence/bessel';
import { lossConstant, REFERENCE_EPSILON, type ObjectiveMode } from '../../confidence/vmf';

/** Settings of the loss. */
export interface VmfSettings {
  readonly dimension: number;
  readonly radius: number;
  readonly mode: ObjectiveMode;
}

interface Rows {
  /** The loss less its constant, [B]. */
  readonly value: Tensor1D;
  /** dL/d log κ, [B]. */
  readonly gradient: Tensor1D;
}

/**
 * The r-radius vMF loss on tensors: (log κ [B], cos θ [B], mask [B]) to the mean over the pictures
 * that the mask keeps, with a custom gradient for log κ. The backbone is frozen, so cos θ gets
 * none.
 *
 * Float32 throughout, written so that the large terms cancel on paper, not in registers: V·s −
 * κ cos θ = V/(s+t) + κ(1 − cos θ), with t = κ/V, s = √(1+t²); and A_d − cos θ = (1 − cos θ) − (1 −
 * A_d) where κ is large, with 1 − A_d computed directly. Its float64 twin is `confidence/vmf`.
 */
export function vmfObjective(
  settings: VmfSettings,
): (logKappa: Tensor1D, cosTheta: Tensor1D, mask: Tensor1D) => Scalar {
  const rows = settings.mode === 'exact' ? exactRows : referenceRows;
  const constant = lossConstant(settings.dimension, settings.radius);
  const objective = tf.customGrad(
    (
      logKappa: Tensor | GradSaveFunc,
      cosTheta: Tensor | GradSaveFunc,
      mask: Tensor | GradSaveFunc,
      save: Tensor | GradSaveFunc,
    ) => {
      // A batch of padding alone must have the loss 0, not NaN.
      const count = tf.maximum(tf.sum(mask as Tensor), 1);
      const { value, gradient } = rows(
        settings.dimension,
        logKappa as Tensor1D,
        cosTheta as Tensor1D,
      );
      const mean = tf.add(tf.div(tf.sum(tf.mul(value, mask as Tensor)), count), constant);
      const slope = tf.div(tf.mul(gradient, mask as Tensor), count);
      (save as GradSaveFunc)([slope]);
      return {
        value: mean,
        gradFunc: (dy: Tensor, saved: Tensor[]) => [
          tf.mul(saved[0]!, dy),
          tf.zerosLike(saved[0]!),
          tf.zerosLike(saved[0]!),
        ],
      };
    },
  );
  return (logKappa, cosTheta, mask) => objective(logKappa, cosTheta, mask) as Scalar;
}

/**
 * log κ [n] to −log C_d(κ) less (d/2) log 2π, which is log I_v(κ) − v log κ, with dF/d log κ = κ
 * A_d(κ): the normaliser of the density.
 */
export function negativeLogNormalizer(dimension: number): (logKappa: Tensor1D) => Tensor1D {
  const normalizer = tf.customGrad(
    (logKappa: Tensor | GradSaveFunc, save: Tensor | GradSaveFunc) => {
      const { value, gradient } = exactRows(
        dimension,
        logKappa as Tensor1D,
        tf.zerosLike(logKappa as Tensor1D),
      );
      (save as GradSaveFunc)([gradient]);
      return { value, gradFunc: (dy: Tensor, saved: Tensor[]) => [tf.mul(saved[0]!, dy)] };
    },
  );
  return (logKappa) => normalizer(logKappa) as Tensor1D;
}

interface DebyeTensors {
  readonly kappa: Tensor;
  readonly t: Tensor;
  readonly s: Tensor;
  /** 1/(s+t) = s − t */
  readonly gap: Tensor;
  /** log(1 + Σ u_k(p)/Vᵏ) */
  readonly logSeries: Tensor;
  /** I_{V+1}/I_V at the expansion's order. */
  readonly ratio: Tensor;
  /** 1 − ratio */
  readonly complement: Tensor;
}

function debye(
  { order, series: seriesOfP, ratioSeries }: Float32Debye,
  logKappa: Tensor1D,
): DebyeTensors {
  const kappa = tf.exp(tf.clipByValue(logKappa, -LOG_KAPPA_LIMIT, LOG_KAPPA_LIMIT));
  const t = tf.div(kappa, order);
  const s = tf.sqrt(tf.add(tf.square(t), 1));
  const p = tf.div(1, s);
  const gap = tf.div(1, tf.add(s, t));
  const series = polynomial(seriesOfP, p);
  const correction = tf.div(
    tf.mul(tf.mul(t, tf.square(p)), polynomial(ratioSeries, p)),
    tf.add(series, 1),
  );
  const onePlusS = tf.add(s, 1);
  return {
    kappa,
    t,
    s,
    gap,
    logSeries: tf.log1p(series),
    ratio: tf.sub(tf.div(t, onePlusS), correction),
    complement: tf.add(tf.div(tf.add(gap, 1), onePlusS), correction),
  };
}

/** By Horner's rule. @param coefficients lowest power first */
function polynomial(coefficients: readonly number[], p: Tensor): Tensor {
  let sum: Tensor = tf.fill(p.shape, coefficients.at(-1)!);
  for (let power = coefficients.length - 2; power >= 0; power--)
    sum = tf.add(tf.mul(sum, p), coefficients[power]!);
  return sum;
}

function exactRows(dimension: number, logKappa: Tensor1D, cosTheta: Tensor1D): Rows {
  const expansion = float32Debye(dimension);
  const { v, order } = expansion;
  const at = debye(expansion, logKappa);
  const away = tf.mul(at.kappa, tf.sub(1, cosTheta));
  const constant = -order * Math.log(order) - expansion.halfLogTwoPiOrder;
  let value = tf.add(tf.add(away, tf.mul(at.gap, order)), tf.add(at.logSeries, constant));
  value = tf.sub(value, tf.add(tf.mul(tf.log1p(at.s), order), tf.mul(tf.log(at.s), 0.5)));
  let { ratio, complement } = at;
  for (let j = order - 1; j > v - 0.5; j--) {
    // r_j = κ/(2(j+1) + κ r_{j+1}); computing its complement too keeps the digits where r is near
    // 1.
    const denominator = tf.add(tf.mul(at.kappa, ratio), 2 * (j + 1));
    value = tf.add(value, tf.log(denominator));
    complement = tf.div(tf.sub(2 * (j + 1), tf.mul(at.kappa, complement)), denominator);
    ratio = tf.div(at.kappa, denominator);
  }
  // Two forms of one difference; each is taken where it subtracts the smaller numbers.
  const difference = tf.where(
    tf.greater(at.kappa, v),
    tf.sub(tf.sub(1, cosTheta), complement),
    tf.sub(ratio, cosTheta),
  );
  return { value: value as Tensor1D, gradient: tf.mul(at.kappa, difference) as Tensor1D };
}

function referenceRows(dimension: number, logKappa: Tensor1D, cosTheta: Tensor1D): Rows {
  const expansion = float32Debye(dimension);
  const { v, order } = expansion;
  const at = debye(expansion, logKappa);
  // log(I_V(κ)e^{−κ}) = V(s−t) + V log(t/(1+s)) − ½ log(2πVs) + log series; t/(1+s) = 1 −
  // (1+gap)/(1+s).
  const away = tf.div(tf.add(at.gap, 1), tf.add(at.s, 1));
  const logPower = tf.where(
    tf.greater(at.t, 1),
    tf.log1p(tf.neg(away)),
    tf.log(tf.div(at.t, tf.add(at.s, 1))),
  );
  let logScaled = tf.mul(tf.add(at.gap, logPower), order);
  logScaled = tf.add(
    logScaled,
    tf.sub(at.logSeries, tf.add(tf.mul(tf.log(at.s), 0.5), expansion.halfLogTwoPiOrder)),
  );
  let { ratio, complement } = at;
  for (let j = order - 1; j > v - 0.5; j--) {
    const denominator = tf.add(tf.mul(at.kappa, ratio), 2 * (j + 1));
    logScaled = tf.add(logScaled, tf.log(tf.div(denominator, at.kappa)));
    complement = tf.div(tf.sub(2 * (j + 1), tf.mul(at.kappa, complement)), denominator);
    ratio = tf.div(at.kappa, denominator);
  }
  const scaled = tf.exp(logScaled);
  const guarded = tf.add(scaled, REFERENCE_EPSILON);
  const shifted = tf.add(at.kappa, REFERENCE_EPSILON);
  const towards = tf.mul(at.kappa, tf.sub(1, cosTheta));
  const value = tf.add(towards, tf.sub(tf.log(guarded), tf.mul(tf.log(shifted), v)));
  const bent = tf.mul(tf.div(scaled, guarded), tf.sub(v, tf.mul(at.kappa, complement)));
  const gradient = tf.add(tf.sub(towards, tf.mul(tf.div(at.kappa, shifted), v)), bent);
  return { value: value as Tensor1D, gradient: gradient as Tensor1D };
}
