import { Alert } from '@mantine/core';
import { useStudio } from './use-studio';

/**
 * Says in red that a head has not learnt to tell pictures apart; else nothing.
 * @param of the head of the run on show, or the one in use: that of a file, where one was loaded
 */
export function HeadWarning({ of = 'use' }: { of?: 'run' | 'use' }) {
  const loaded = useStudio((state) => (of === 'use' ? state.headInUse : null));
  const own = useStudio((state) => state.collapse);
  const message = loaded ? loaded.collapse : (own?.message ?? null);
  if (message === null) return null;
  return (
    <Alert color="red" role="alert" title="Don’t trust this head’s κ" data-testid="head-warning">
      {message} {loaded ? 'Choose another head under Models.' : own!.nextStep}
    </Alert>
  );
}
