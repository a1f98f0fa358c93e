import { Alert } from '@mantine/core';
import { useStudio } from '../shell/use-studio';
import { dispatchRuns } from './commands';
import type { RunsPlace } from './runs-slice';

/** Why the last request of a place failed, where it was made; nothing if it didn't. */
export function PlaceError({ place, title }: { place: RunsPlace; title?: string }) {
  const error = useStudio(({ runs }) => runs.failures[place]);
  if (!error) return null;
  return (
    <Alert
      role="alert"
      color="red"
      title={title}
      withCloseButton
      closeButtonLabel="Dismiss"
      onClose={() => dispatchRuns({ type: 'dismissed', place })}
    >
      {error.message} {error.nextStep}
    </Alert>
  );
}
