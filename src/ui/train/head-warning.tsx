import { Alert } from '@mantine/core';
import { headProblem } from './head-problem';
import { useStudio } from '../shell/use-studio';

/**
 * Says in red that a head has not learnt to tell pictures apart; else nothing.
 * @param of the head of the run on show, or the one in use
 */
export function HeadWarning({ of = 'use' }: { of?: 'run' | 'use' }) {
  const trouble = useStudio((state) => headProblem(of, state));
  if (trouble === null) return null;
  return (
    <Alert color="red" role="alert" title="Don’t trust this head’s κ" data-testid="head-warning">
      {trouble}
    </Alert>
  );
}
