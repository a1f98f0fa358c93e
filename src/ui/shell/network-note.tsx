import { Anchor, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { addressWith, connectDirective, pagePolicy } from './network-policy';

/**
 * Says which machines this page contacts and when, so that privacy can be checked.
 * @param canOpen whether something here offers to contact others, once a person allows it
 */
export function NetworkPolicyNote({ canOpen = false }: { canOpen?: boolean }) {
  const policy = pagePolicy();
  switch (policy.kind) {
    case 'own':
      return (
        <Note>
          The browser lets this page reach no other machine than the one that serves it.
          {canOpen &&
            ' A source below that lies elsewhere is fetched only after you allow it by name: the ' +
              'page then reloads without this seal.'}
          <Policy />
        </Note>
      );
    case 'named':
      return (
        <Note>
          The browser lets this page reach {policy.origins.join(', ')}, where its shards are, and no
          other machine. They are fetched when you look at them, count them or start a run.
          <Policy />
        </Note>
      );
    case 'any':
      return (
        <Note>
          This page may reach other machines, because its address says so. It contacts those that
          you allow by name, when you look at a source, count it or start a run.{' '}
          <Anchor href={addressWith(false, location.href)}>Seal it again</Anchor>
        </Note>
      );
    default:
      return policy satisfies never;
  }
}

const Note = ({ children }: { children: ReactNode }) => (
  <Text component="div" size="xs" c="dimmed" maw="46rem" data-testid="reach">
    {children}
  </Text>
);

/** The browser's own rule, for who wants to check it. */
const Policy = () => (
  <details>
    <summary style={{ cursor: 'pointer' }}>The rule that the browser enforces</summary>
    <code>{connectDirective(pagePolicy())}</code>
  </details>
);
