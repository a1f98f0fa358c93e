/*
 * How the views of a face make one reading. `FaceReader` combines them so, and a run the views of
 * its validation pictures, against which readings are held.
 */

/** The face's embedding, whose direction is μ: the sum of its views', none of them normalised. */
export function embeddingOfViews(views: readonly Float32Array[]): Float32Array {
  return views[0]!.map((_, i) => sumAt(views, i));
}

/**
 * κ, or each of a head's outputs: the geometric mean of the views', since the published evaluations
 * don't say how κ is combined.
 * @param logs of each view, the head's outputs as logarithms
 */
export function concentrationOfViews(logs: readonly Float32Array[]): Float32Array {
  return logs[0]!.map((_, i) => Math.exp(sumAt(logs, i) / logs.length));
}

const sumAt = (views: readonly Float32Array[], i: number): number =>
  views.reduce((sum, view) => sum + view[i]!, 0);
