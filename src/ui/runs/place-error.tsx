import { FaultAlert } from '../components/fault-alert';
import { useStudio } from '../shell/use-studio';
import { dispatchRuns } from './commands';
import type { RunsPlace } from './runs-slice';

/** Why the last request of a place failed, where it was made; nothing if it didn't. */
export function PlaceError({ place, title }: { place: RunsPlace; title?: string }) {
  const error = useStudio(({ runs }) => runs.failures[place]);
  if (!error) return null;
  return (
    <FaultAlert
      fault={error}
      title={title}
      onDismiss={() => dispatchRuns({ type: 'dismissed', place })}
    />
  );
}
