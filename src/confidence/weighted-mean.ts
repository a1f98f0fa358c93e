/**
 * Σ wᵢμᵢ/Σ wᵢ, scaled to unit length. The weights are one number for each direction, or one for
 * each of its dimensions.
 * @param mus [d] each
 * @param weights > 0, [1] or [d] each
 * @throws RangeError for no directions, or for directions that cancel to zero and have no mean
 */
export function weightedDirection(
  mus: readonly Float32Array[],
  weights: readonly ArrayLike<number>[],
): Float32Array {
  if (mus.length === 0) throw new RangeError('Pooling needs at least one face; it was given none.');
  const sum = new Float64Array(mus[0]!.length);
  const total = new Float64Array(sum.length);
  for (const [row, mu] of mus.entries()) {
    const weight = weights[row]!;
    const isPerDimension = weight.length > 1;
    for (let i = 0; i < sum.length; i++) {
      const w = weight[isPerDimension ? i : 0]!;
      sum[i]! += w * mu[i]!;
      total[i]! += w;
    }
  }
  const mean = sum.map((value, i) => value / total[i]!);
  const norm = Math.hypot(...mean);
  if (!(norm > 1e-6))
    throw new RangeError(
      `The ${mus.length} faces cancel each other out; a template needs pictures of one person.`,
    );
  return Float32Array.from(mean, (value) => value / norm);
}
