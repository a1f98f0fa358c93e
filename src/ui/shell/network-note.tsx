import { Anchor, Text } from '@mantine/core';
import { addressWith, connectPolicy, pageReach } from './network-policy';

/**
 * Which machines the browser lets this page reach, so that what is said of privacy can be checked.
 */
export function ReachNote() {
  const reach = pageReach();
  switch (reach.kind) {
    case 'own':
      return (
        <Text size="xs" c="dimmed" data-testid="reach">
          The browser lets this page reach no other machine: its policy is{' '}
          <code>{connectPolicy(reach)}</code>.
        </Text>
      );
    case 'named':
      return (
        <Text size="xs" c="dimmed" data-testid="reach">
          The browser lets this page reach {reach.origins.join(', ')}, where its shards lie, and no
          other machine.
        </Text>
      );
    case 'any':
      return (
        <Text size="xs" c="dimmed" data-testid="reach">
          This page may reach other machines, as was asked for.{' '}
          <Anchor href={addressWith(false, location.href)}>Seal it again</Anchor>
        </Text>
      );
    default:
      return reach satisfies never;
  }
}
