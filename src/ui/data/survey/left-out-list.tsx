import { List, Stack, Text } from '@mantine/core';
import { leftOutText, type LeftOut } from '../../../faces/survey/left-out';
import { count } from '../../components/format';

/** What is left out of a source: the number of each kind, and the first names. */
export function LeftOutList({ groups }: { groups: readonly LeftOut[] }) {
  return (
    <Stack gap="xs" data-testid="left-out" style={{ overflowWrap: 'anywhere' }}>
      {groups.map((group) => (
        <div key={group.kind}>
          <Text size="sm" fw={600}>
            {leftOutText(group)}
          </Text>
          <List size="xs" listStyleType="none">
            {group.first.map((name, index) => (
              <List.Item key={index}>{name}</List.Item>
            ))}
            {group.count > group.first.length && (
              <List.Item c="dimmed">and {count(group.count - group.first.length)} more</List.Item>
            )}
          </List>
        </div>
      ))}
    </Stack>
  );
}
