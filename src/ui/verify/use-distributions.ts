import type { ReadingPolicy } from '../../inference/reading-policy';
import type { PairDistributions } from '../../training/session/run-events';
import { useStudio } from '../shell/use-studio';

const NONE: readonly PairDistributions[] = [];

/**
 * The scores of validation pairs that a score is held against, by method: of the head that the shown
 * faces were read with, read as the faces of the score were.
 */
export const useDistributions = (policy: ReadingPolicy): readonly PairDistributions[] =>
  useStudio(
    ({ readings }) => readings.find((reading) => reading.policy === policy)?.distributions ?? NONE,
  );

/** The same for the last frame of the camera. */
export const useCameraDistributions = (policy: ReadingPolicy): readonly PairDistributions[] =>
  useStudio(
    ({ cameraHead }) =>
      cameraHead?.readings.find((reading) => reading.policy === policy)?.distributions ?? NONE,
  );
