import type { SourceInfo } from '../../faces/face-source';
import type { LessonConfig } from './lesson-config';
import type { RunState, SessionEvent } from '../session/run-events';

/** Figures of one step of a lesson. */
export interface LessonStep {
  /** From 1, and how many the whole lesson has. */
  readonly step: number;
  readonly steps: number;
  /** From 1. */
  readonly epoch: number;
  /**
   * Mean cross entropy with the margin, which keeps it high: it is no figure to compare between
   * losses.
   */
  readonly loss: number;
  /** Share of the batch whose own class is the nearest, the margin left out. */
  readonly accuracy: number;
  readonly learningRate: number;
  readonly imagesPerSecond: number;
}

/** How well a network tells held-out people apart by the cosine of their embeddings. */
export interface LessonFigures {
  /** Area under the ROC curve, 0..1; ½ is chance. */
  readonly auc: number;
  /**
   * Share of genuine pairs accepted where 1 % of impostor pairs are; null with fewer than 100 of
   * those.
   */
  readonly tarAtFar1Percent: number | null;
}

/** The figures after an epoch; those of epoch 0 are the network's before any training. */
export interface LessonResult extends LessonFigures {
  readonly epoch: number;
  readonly step: number;
  /** Means over the epoch; null before the first. */
  readonly loss: number | null;
  readonly accuracy: number | null;
  /**
   * Of training alone; null before the first. A resumed epoch counts from where it was taken up.
   */
  readonly seconds: number | null;
}

/** The same figures of a backbone from elsewhere, on the same pairs. */
export interface LessonReference extends LessonFigures {
  readonly name: string;
}

/** Cosines of the pairs that figures were made of. */
export interface LessonScores {
  readonly genuine: Float32Array;
  readonly impostor: Float32Array;
}

/** What a lesson learns from and is judged by. */
export interface LessonSet {
  readonly trainingImages: number;
  readonly trainingIdentities: number;
  readonly heldOutImages: number;
  readonly heldOutIdentities: number;
  readonly genuinePairs: number;
  readonly impostorPairs: number;
}

/** What a lesson says while it goes on. */
export type LessonEvent =
  | { readonly type: 'lesson-state'; readonly state: RunState; readonly config: LessonConfig }
  | { readonly type: 'lesson-set'; readonly info: SourceInfo; readonly set: LessonSet }
  | { readonly type: 'lesson-steps'; readonly metrics: readonly LessonStep[] }
  /** Scores are null where a lesson that is gone on with repeats what it found before. */
  | {
      readonly type: 'lesson-result';
      readonly result: LessonResult;
      readonly scores: LessonScores | null;
    }
  | {
      readonly type: 'lesson-reference';
      readonly reference: LessonReference;
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
 * What is to be said wherever a lesson's figures are shown: such a network has seen too little to
 * be a rival to one that was trained on millions of photographs, however well it does on people
 * drawn or photographed like those that it learnt from.
 */
export function lessonNote({
  trainingImages,
  trainingIdentities,
}: Pick<LessonSet, 'trainingImages' | 'trainingIdentities'>): string {
  const number = (value: number) => value.toLocaleString('en');
  return (
    `A lesson, no rival to a backbone trained on MS1M: it has seen ${number(trainingImages)} pictures of ${number(trainingIdentities)} people, where MS1M has ` +
    'millions of tens of thousands. Its figures hold for faces like those that it was ' +
    'trained on, and for no others.'
  );
}
