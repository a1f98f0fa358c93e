import { lossAndGradient } from '../src/confidence/vmf';
import { LOG_KAPPA_FLOOR } from '../src/models/heads/confidence-head';
import type { AdamStep } from '../src/training/step/adam';

/**
 * The compact head's step in plain typed arrays: float32, loop by loop, in the
 * order of memory.
 */
export class PlainHead {
  /** [inputs × hidden], [hidden], [hidden], [1] */
  readonly parameters: readonly Float32Array[];
  readonly #moments: readonly (readonly [Float32Array, Float32Array])[];
  readonly #gradients: readonly Float32Array[];
  #steps = 0;

  constructor(initial: readonly ArrayLike<number>[]) {
    this.parameters = initial.map((values) => Float32Array.from(values));
    this.#moments = this.parameters.map(({ length }) => [
      new Float32Array(length),
      new Float32Array(length),
    ]);
    this.#gradients = this.parameters.map(({ length }) => new Float32Array(length));
  }

  /**
   * One step with the exact SCF loss at d = 512, r = 64.
   * @param rows [B × inputs]
   * @param cosines [B]
   * @returns the loss before it
   */
  step(
    rows: Float32Array,
    cosines: readonly number[],
    { learningRate, weightDecay }: AdamStep,
  ): number {
    const [weights, biases, last, bias] = this.parameters as [
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const [toWeights, toBiases, toLast, toBias] = this.#gradients as [
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    for (const gradient of this.#gradients) gradient.fill(0);
    const [batch, hidden] = [cosines.length, biases.length];
    const inputs = rows.length / batch;
    let loss = 0;
    const activations = new Float32Array(hidden);
    const through = new Float32Array(hidden);
    for (let row = 0; row < batch; row++) {
      activations.set(biases);
      for (let i = 0; i < inputs; i++) {
        const value = rows[row * inputs + i]!;
        for (let h = 0; h < hidden; h++) activations[h]! += value * weights[i * hidden + h]!;
      }
      let above = bias[0]! - LOG_KAPPA_FLOOR;
      for (let h = 0; h < hidden; h++) above += Math.max(0, activations[h]!) * last[h]!;
      const kappa = Math.exp(
        Math.max(above, 0) + Math.log1p(Math.exp(-Math.abs(above))) + LOG_KAPPA_FLOOR,
      );
      const at = lossAndGradient('exact', 512, 64, kappa, cosines[row]!);
      loss += at.loss / batch;
      const slope = at.gradient / (1 + Math.exp(-above)) / batch;
      toBias[0]! += slope;
      for (let h = 0; h < hidden; h++) {
        const isActive = activations[h]! > 0;
        toLast[h]! += isActive ? slope * activations[h]! : 0;
        through[h] = isActive ? slope * last[h]! : 0;
        toBiases[h]! += through[h]!;
      }
      for (let i = 0; i < inputs; i++) {
        const value = rows[row * inputs + i]!;
        for (let h = 0; h < hidden; h++) toWeights[i * hidden + h]! += value * through[h]!;
      }
    }
    const t = ++this.#steps;
    const [unbiasM, unbiasV] = [1 / (1 - 0.9 ** t), 1 / (1 - 0.999 ** t)];
    this.parameters.forEach((parameter, k) => {
      const [m, v] = this.#moments[k]!;
      const gradients = this.#gradients[k]!;
      for (let i = 0; i < parameter.length; i++) {
        const gradient = gradients[i]! + weightDecay * parameter[i]!;
        m[i] = 0.9 * m[i]! + 0.1 * gradient;
        v[i] = 0.999 * v[i]! + 0.001 * gradient * gradient;
        parameter[i]! -= (learningRate * m[i]! * unbiasM) / (Math.sqrt(v[i]! * unbiasV) + 1e-8);
      }
    });
    return loss;
  }
}
