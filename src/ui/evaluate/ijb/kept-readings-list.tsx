import { Button, Group, Stack, Text } from '@mantine/core';
import type { KeptRelease } from '../../../inference/evaluation/ijb/readings-keep';
import { removeKept } from './commands';
import { keptSentence } from './ijb-words';

/** What is kept of releases, each with its size and a button that deletes it. */
export function KeptReadingsList({
  kept,
  isOpen,
}: {
  kept: readonly KeptRelease[];
  /** Whether a release is open. */
  isOpen: boolean;
}) {
  if (kept.length === 0) return null;
  return (
    <Stack gap={4}>
      <Text size="sm" fw={500} id="ijb-kept">
        Kept on this disk
      </Text>
      <ul aria-labelledby="ijb-kept" style={{ listStyle: 'none', margin: 0, padding: 0 }}>
        {kept.map((each) => (
          <Group component="li" key={each.name} gap="sm" justify="space-between" maw="62ch">
            <Text size="sm">{keptSentence(each)}</Text>
            <Button
              size="compact-sm"
              variant="subtle"
              color="red"
              aria-label={`Delete: ${keptSentence(each)}`}
              onClick={() => removeKept(each.name)}
            >
              Delete
            </Button>
          </Group>
        ))}
      </ul>
      {!isOpen && kept.some(({ read }) => read !== null) && (
        <Text size="sm" c="dimmed">
          Pick its folder again to go on: a page may not keep hold of a folder.
        </Text>
      )}
    </Stack>
  );
}
