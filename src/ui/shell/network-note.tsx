import { Anchor, Text } from '@mantine/core';
import { addressWith, connectDirective, pagePolicy } from './network-policy';

/** States which machines the browser lets this page reach, so that privacy can be checked. */
export function NetworkPolicyNote() {
  const policy = pagePolicy();
  switch (policy.kind) {
    case 'own':
      return (
        <Text size="xs" c="dimmed" data-testid="reach">
          The browser lets this page reach no other machine: its policy is{' '}
          <code>{connectDirective(policy)}</code>.
        </Text>
      );
    case 'named':
      return (
        <Text size="xs" c="dimmed" data-testid="reach">
          The browser lets this page reach {policy.origins.join(', ')}, where its shards are, and no
          other machine.
        </Text>
      );
    case 'any':
      return (
        <Text size="xs" c="dimmed" data-testid="reach">
          This page may reach other machines, because its address says so.{' '}
          <Anchor href={addressWith(false, location.href)}>Seal it again</Anchor>
        </Text>
      );
    default:
      return policy satisfies never;
  }
}
