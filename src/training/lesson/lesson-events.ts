import { count } from '../../core/number-words';
import type { SourceInfo } from '../../faces/face-source';
import type { LessonConfig } from './lesson-config';
import type { RunState, SessionEvent } from '../session/run-events';

/** Figures of one step of a lesson. */
export interface LessonStep {
  /** From 1. */
  readonly step: number;
  /** Steps of the whole lesson. */
  readonly steps: number;
  /** From 1. */
  readonly epoch: number;
  /** Mean cross entropy with the margin. The margin raises it: don't compare different losses. */
  readonly loss: number;
  /** Share of the batch whose own class is the nearest, without the margin. */
  readonly accuracy: number;
  readonly learningRate: number;
  readonly imagesPerSecond: number;
}

/** How well a network distinguishes held-out people by the cosine of their embeddings. */
export interface LessonFigures {
  /** Area under the ROC curve, 0..1; ½ is chance. */
  readonly auc: number;
  /**
   * Share of genuine pairs accepted at the threshold that accepts 1 % of impostor pairs; null with
   * fewer than 100 impostor pairs.
   */
  readonly tarAtFar1Percent: number | null;
}

/** The figures after an epoch. Those of epoch 0 are before any training. */
export interface LessonResult extends LessonFigures {
  readonly epoch: number;
  readonly step: number;
  /** Means over the epoch; null before the first. */
  readonly loss: number | null;
  readonly accuracy: number | null;
  /**
   * Training time of the epoch; null before the first. A resumed epoch counts from its resumption.
   */
  readonly seconds: number | null;
}

/** The same figures of a pretrained backbone, the baseline, on the same pairs. */
export interface LessonBaseline extends LessonFigures {
  readonly name: string;
}

/** Cosines of the pairs from which the figures are computed. */
export interface LessonScores {
  readonly genuine: Float32Array;
  readonly impostor: Float32Array;
}

/** Sizes of a lesson's training and validation sets. */
export interface LessonSet {
  readonly trainingImages: number;
  readonly trainingIdentities: number;
  readonly heldOutImages: number;
  readonly heldOutIdentities: number;
  readonly genuinePairs: number;
  readonly impostorPairs: number;
}

/** Events of a lesson. */
export type LessonEvent =
  | { readonly type: 'lesson-state'; readonly state: RunState; readonly config: LessonConfig }
  | { readonly type: 'lesson-set'; readonly info: SourceInfo; readonly set: LessonSet }
  | { readonly type: 'lesson-steps'; readonly metrics: readonly LessonStep[] }
  /** Scores are null when a resumed lesson posts its earlier figures again. */
  | {
      readonly type: 'lesson-result';
      readonly result: LessonResult;
      readonly scores: LessonScores | null;
    }
  | {
      readonly type: 'lesson-reference';
      readonly reference: LessonBaseline;
      readonly scores: LessonScores | null;
    }
  | {
      readonly type: 'lesson-saved';
      readonly step: number;
      readonly epoch: number;
      readonly savedAt: number;
    }
  | Extract<
      SessionEvent,
      { readonly type: 'progress' | 'skipped' | 'retrying' | 'notice' | 'error' }
    >;

/**
 * The note to show with a lesson's figures: such a network has seen too little to compete with one
 * trained on millions of photographs, however well it does on people drawn or photographed like
 * those in its training set.
 */
export function lessonNote({
  trainingImages,
  trainingIdentities,
}: Pick<LessonSet, 'trainingImages' | 'trainingIdentities'>): string {
  return (
    'A lesson, no rival to a backbone trained on MS1M: it has seen ' +
    `${count(trainingImages)} pictures of ${count(trainingIdentities)} people, where MS1M has ` +
    'millions of tens of thousands. Its figures hold for faces like those that it was ' +
    'trained on, and for no others.'
  );
}
