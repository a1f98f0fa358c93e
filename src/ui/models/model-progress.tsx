import { Text } from '@mantine/core';
import { isRunOn } from '../data/sources/use-source';
import { isLessonOn } from './lesson-slice';
import type { ModelTopic } from './models-slice';
import { ProgressMeter } from '../components/progress-meter';
import { useStudio } from '../shell/use-studio';
import { stopModels } from './commands';

/** How far the reading of a model has come, in the section that asked for it. */
export function ModelProgress({ topic }: { topic: ModelTopic }) {
  const isAtWork = useStudio((state) => state.modelPending && state.modelTopic === topic);
  const progress = useStudio((state) => state.modelsProgress);
  if (!isAtWork) return null;
  if (progress) return <ProgressMeter progress={progress} onStop={stopModels} />;
  return (
    <Text size="sm" role="status">
      OpenContext the file
    </Text>
  );
}

/**
 * Whether models can't be changed now: the studio is starting, a run or a lesson has the backend,
 * or another file is being read.
 */
export function useModelsLocked(): boolean {
  return useStudio(
    (state) => state.backend === null || state.modelPending || isRunOn(state) || isLessonOn(state),
  );
}
