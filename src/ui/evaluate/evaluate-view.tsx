import { Stack } from '@mantine/core';
import { ResultSection } from './result-section';
import { SetSection } from './set-section';
import { HeadWarning } from '../train/head-warning';

/**
 * Here a person evaluates the paper's methods on pictures of known people, and reads and downloads
 * the results.
 */
export function EvaluateView() {
  return (
    <Stack>
      <HeadWarning of="photographs" />
      <SetSection />
      <ResultSection />
    </Stack>
  );
}
