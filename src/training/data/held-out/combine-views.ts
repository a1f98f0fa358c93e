import { normalised } from '../../../core/vector';

/*
 * How the views of a face make one reading, as `inference/face-reader.ts` combines them.
 */

/** μ: the direction of the sum of the views' embeddings, which are not of equal length. */
export function directionOfViews(
  views: readonly { readonly unit: Float32Array; readonly norm: number }[],
): Float32Array {
  const sum = new Float32Array(views[0]!.unit.length);
  for (const { unit, norm } of views)
    for (let i = 0; i < sum.length; i++) sum[i]! += norm * unit[i]!;
  return normalised(sum).unit;
}

/** κ, or each of a head's outputs: the geometric mean of the views'. */
export function concentrationOfViews(views: readonly Float32Array[]): Float32Array {
  return views[0]!.map((_, i) =>
    Math.exp(views.reduce((sum, view) => sum + Math.log(view[i]!), 0) / views.length),
  );
}
