import { Group, Text } from '@mantine/core';
import { HeadChip } from './head-chip';
import { evaluatedSentence } from './head-words';
import { useStudio } from '../shell/use-studio';

/** Names the heads that the methods would be evaluated with. */
export function EvaluatedHeads() {
  const heads = useStudio((state) => state.evaluatedHeads);
  return (
    <Group gap="xs">
      <HeadChip of="photographs" />
      <Text size="xs" c="dimmed" data-testid="evaluated-heads">
        {evaluatedSentence(heads)}
      </Text>
    </Group>
  );
}
