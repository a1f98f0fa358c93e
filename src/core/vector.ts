/** The dot product a·b, summed in float64. Both have the same length. */
export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** The unit vector v/‖v‖ as a new array, and the norm ‖v‖. A zero vector stays zero. */
export function normalised(vector: Float32Array): { unit: Float32Array; norm: number } {
  const norm = Math.sqrt(dot(vector, vector));
  return { unit: vector.map((value) => value / (norm || 1)), norm };
}
