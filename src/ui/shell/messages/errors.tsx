import { Button, Stack } from '@mantine/core';
import type { ErrorScope } from '../../../training/session/run-events';
import { FaultAlert } from '../../components/fault-alert';
import type { PlaceName } from '../address/place-names';
import type { ErrorEntry } from '../messages-slice';
import { dismissError } from '../studio-store';
import { useStudio } from '../use-studio';
import { placeOfError } from './place-of-error';

const titles: Record<ErrorScope, string> = {
  studio: 'The studio can’t go on',
  run: 'The run',
  verification: 'The comparison',
  evaluation: 'The evaluation',
  data: 'The data',
  models: 'The models',
  machine: 'The benchmarks',
};

/**
 * Errors that no section shows.
 * @param place the place that they stand in; null for those of the whole studio
 */
export function Errors({ place }: { place: PlaceName | null }) {
  const errors = useStudio((state) => state.errors);
  const shown = errors.filter((error) => error.about === null && placeOfError(error) === place);
  if (shown.length === 0) return null;
  return (
    <Stack gap="xs" mb="md">
      {shown.map((entry) => (
        <ErrorAlert key={entry.id} entry={entry} />
      ))}
    </Stack>
  );
}

function ErrorAlert({ entry: { id, scope, error } }: { entry: ErrorEntry }) {
  return (
    <FaultAlert
      fault={error}
      title={titles[scope]}
      onDismiss={scope === 'studio' ? null : () => dismissError(id)}
    >
      {error.code === 'no-webgpu' && (
        <Button
          component="a"
          href={`?backend=wasm${location.hash}`}
          size="compact-sm"
          variant="default"
          ml="sm"
        >
          Continue with wasm
        </Button>
      )}
    </FaultAlert>
  );
}
