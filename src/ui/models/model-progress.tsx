import { Text } from '@mantine/core';
import { isRunActive } from '../data/sources/use-source';
import { isLessonActive } from './lesson-slice';
import type { ModelTopic } from './models-slice';
import { ProgressMeter } from '../components/progress-meter';
import { useStudio } from '../shell/use-studio';
import { stopModels } from './commands';

/** The progress of a model request, in the section that made it. */
export function ModelProgress({ topic }: { topic: ModelTopic }) {
  const isPending = useStudio((state) => state.modelPending && state.modelRequest === topic);
  const progress = useStudio((state) => state.modelProgress);
  if (!isPending) return null;
  if (progress) return <ProgressMeter progress={progress} onStop={stopModels} />;
  return (
    <Text size="sm" role="status">
      Opening the file
    </Text>
  );
}

/**
 * Whether models can't be changed now: the studio is starting, a run or a lesson is active, or
 * another request is pending.
 */
export function useModelsLocked(): boolean {
  return useStudio(
    (state) =>
      state.backend === null || state.modelPending || isRunActive(state) || isLessonActive(state),
  );
}
