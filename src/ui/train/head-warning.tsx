import { Alert } from '@mantine/core';
import { headProblem } from './head-problem';
import { useStudio } from '../shell/use-studio';

/**
 * Warns that a head has not learnt to tell pictures apart; renders nothing if it has.
 * @param of as in {@link headProblem}
 */
export function HeadWarning({ of = 'use' }: { of?: Parameters<typeof headProblem>[0] }) {
  const problem = useStudio((state) => headProblem(of, state));
  if (problem === null) return null;
  return (
    <Alert color="red" role="alert" title="Don’t trust this head’s κ" data-testid="head-warning">
      {problem}
    </Alert>
  );
}
