import { Stack } from '@mantine/core';
import { ResultSection } from './result-section';
import { SetSection } from './set-section';
import { HeadWarning } from '../train/head-warning';

/**
 * Methods of the paper's table on pictures whose people are known: what is evaluated, and what came
 * of it.
 */
export function EvaluateView() {
  return (
    <Stack>
      <HeadWarning />
      <SetSection />
      <ResultSection />
    </Stack>
  );
}
