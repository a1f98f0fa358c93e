import { SimpleGrid, Stack, Text } from '@mantine/core';
import { HeadWarning } from '../train/head-warning';
import { DemoSection } from './demo/demo-section';
import { IjbSection } from './ijb/ijb-section';
import { OwnSection } from './own/own-section';
import { ResultSection } from './result/result-section';

/**
 * Here a person evaluates the paper's methods on pictures of known people, and reads and downloads
 * the results.
 */
export function EvaluateView() {
  return (
    <Stack gap="xl">
      <Text size="lg">
        Measure how often each method is right, on pairs of pictures whose people are known.
      </Text>
      <HeadWarning of="photographs" />
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing={48} verticalSpacing="xl">
        {/* Beside each other they need no hairline, which a section draws above a second one. */}
        <div>
          <DemoSection />
        </div>
        <div>
          <OwnSection />
        </div>
      </SimpleGrid>
      <ResultSection />
      <IjbSection />
    </Stack>
  );
}
