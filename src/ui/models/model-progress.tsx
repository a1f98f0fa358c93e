import { Text } from '@mantine/core';
import type { RequestType } from '../../studio/protocol';
import { isRunActive } from '../data/sources/use-source';
import { isLessonActive } from './lesson-slice';
import { isModelPending, modelTasks, type ModelTopic } from './models-slice';
import { ProgressMeter } from '../components/progress-meter';
import { placeOf } from '../shell/client/request-place';
import { pendingTask } from '../shell/client/tasks-slice';
import { useStudio } from '../shell/use-studio';
import { stopModels } from './commands';

/** The progress of a model request, in the section that made it. */
export function ModelProgress({ topic }: { topic: ModelTopic }) {
  const task = useStudio((state) => pendingTask(state, ...modelTasks.filter(isAbout(topic))));
  if (!task) return null;
  const { progress } = task;
  if (progress) return <ProgressMeter progress={progress} onStop={stopModels} />;
  return (
    <Text size="sm" role="status">
      Opening the file
    </Text>
  );
}

const isAbout = (topic: ModelTopic) => (type: RequestType) => placeOf({ type }).about === topic;

/**
 * Whether models can't be changed now: the studio is starting, a run or a lesson is active, or
 * another request is pending.
 */
export function useModelsLocked(): boolean {
  return useStudio(
    (state) =>
      state.backend === null ||
      isModelPending(state) ||
      isRunActive(state) ||
      isLessonActive(state),
  );
}
