import { ActionIcon, Checkbox, Group, Stack, Text, TextInput } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import type { QualityRequest } from '../../../studio/protocol';

/**
 * The files of qualities that a person dropped: their names and directions, which can be changed.
 */
export function QualityFiles({
  files,
  locked,
  onChange,
}: {
  files: readonly QualityRequest[];
  locked: boolean;
  onChange: (files: readonly QualityRequest[]) => void;
}) {
  if (files.length === 0) return null;
  const replace = (at: number, change: Partial<QualityRequest>) =>
    onChange(files.map((each, i) => (i === at ? { ...each, ...change } : each)));
  return (
    <Stack gap={4} role="group" aria-label="Qualities from files">
      <Text size="sm">
        Pairs are discarded by these qualities too, where no picture is degraded:
      </Text>
      {files.map((each, at) => (
        <Group key={each.file.name} gap="xs">
          <TextInput
            size="xs"
            aria-label={`Name of the quality in ${each.file.name}`}
            value={each.name}
            disabled={locked}
            onChange={({ currentTarget }) => replace(at, { name: currentTarget.value })}
          />
          <Text size="xs" c="dimmed">
            {each.file.name}
          </Text>
          <Checkbox
            size="xs"
            label="Lower is better"
            checked={each.lowerIsBetter}
            disabled={locked}
            onChange={({ currentTarget }) => replace(at, { lowerIsBetter: currentTarget.checked })}
          />
          <ActionIcon
            size="sm"
            variant="subtle"
            aria-label={`Leave out ${each.file.name}`}
            disabled={locked}
            onClick={() => onChange(files.filter((_, i) => i !== at))}
          >
            <IconX size={14} />
          </ActionIcon>
        </Group>
      ))}
    </Stack>
  );
}
