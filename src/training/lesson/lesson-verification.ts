import type { Tensor2D } from '@tensorflow/tfjs-core';
import { areaUnderCurve } from '../../evaluation/pair-figures';
import { samplePairs, type SampledPairs } from '../../evaluation/pairs';
import { operatingPoint } from '../../evaluation/roc';
import { packBatch, type PackedBatch } from '../../faces/decode/packed-batch';
import { dot, normalised } from '../../core/vector';
import type { LessonPicture } from './lesson-data';
import type { LessonFigures, LessonScores } from './lesson-events';
import { yieldToMessages } from '../../core/yield-to-messages';

/** The most pairs of each kind. */
const MAX_PAIRS = 4000;
/** Pictures in one batch. */
const BATCH = 32;
/** False accept rate at which the true accept rate is measured. */
const FAR = 1e-2;

/**
 * Samples the pairs that a lesson is evaluated on, the same ones for the same seed: at most
 * {@link MAX_PAIRS} of each kind, none of them twice.
 */
export function lessonPairs(heldOut: readonly LessonPicture[], seed: number): SampledPairs {
  return samplePairs(
    heldOut.map(({ label }) => label),
    MAX_PAIRS,
    seed,
  );
}

/** Options of {@link verifyLesson}. */
export interface Verifying {
  /** Embeddings [B, d] of a batch, padding included; `verifyLesson` disposes them. */
  readonly embed: (batch: PackedBatch) => Tensor2D;
  readonly signal: AbortSignal;
  readonly onProgress: (pictures: number) => void;
}

/**
 * Embeds the held-out pictures without augmentation and compares the pairs by cosine.
 * @throws `signal`'s reason; what `embed` throws
 */
export async function verifyLesson(
  heldOut: readonly LessonPicture[],
  pairs: SampledPairs,
  verifying: Verifying,
): Promise<{ figures: LessonFigures; scores: LessonScores }> {
  const directions = await directionsOf(heldOut, verifying);
  const scored = (chosen: SampledPairs['genuine']) =>
    Float32Array.from(chosen, ([a, b]) => dot(directions[a]!, directions[b]!));
  const scores = { genuine: scored(pairs.genuine), impostor: scored(pairs.impostor) };
  // `readLessonData` has checked that there are pairs of both kinds.
  const auc = areaUnderCurve(scores.genuine, scores.impostor)!;
  return {
    figures: {
      auc,
      tarAtFar1Percent: operatingPoint(scores.genuine, scores.impostor, FAR)?.tar ?? null,
    },
    scores,
  };
}

async function directionsOf(
  pictures: readonly LessonPicture[],
  { embed, signal, onProgress }: Verifying,
): Promise<Float32Array[]> {
  const directions: Float32Array[] = [];
  for (let start = 0; start < pictures.length; start += BATCH) {
    signal.throwIfAborted();
    const group = pictures.slice(start, start + BATCH);
    const embedding = embed(
      packBatch(
        group.map(({ crop }) => crop),
        BATCH,
      ),
    );
    const dimension = embedding.shape[1];
    const rows = (await embedding.data()) as Float32Array;
    embedding.dispose();
    for (const row of group.keys())
      directions.push(normalised(rows.subarray(row * dimension, (row + 1) * dimension)).unit);
    onProgress(directions.length);
    await yieldToMessages();
  }
  return directions;
}
