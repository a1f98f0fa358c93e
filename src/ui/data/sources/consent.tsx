import { Button, Code, Group, List, Modal, Stack, Text } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { mayReach } from '../../shell/network-policy';
import { studioStore } from '../../shell/studio-store';
import { allowOrigins } from '../commands';
import { unapprovedOrigins } from './use-source';

interface ConsentRequest {
  readonly origins: readonly string[];
  /** What else a person should know before. */
  readonly notes: readonly string[];
  readonly proceed: () => void;
}

/** How a section asks for consent before it fetches from other machines. */
export interface Consent {
  /** Proceeds immediately if `origins` is empty, otherwise when the person agrees. */
  readonly before: (
    origins: readonly string[],
    notes: readonly string[],
    proceed: () => void,
  ) => void;
  /** The same for the origins of the chosen source that are not allowed yet. */
  readonly beforeReading: (proceed: () => void) => void;
  readonly dialog: ReactNode;
}

/** Asks for consent, once for each origin, before the first byte is fetched from it. */
export function useConsent(): Consent {
  const [request, setRequest] = useState<ConsentRequest | null>(null);
  const before: Consent['before'] = (origins, notes, proceed) => {
    if (origins.length > 0) setRequest({ origins, notes, proceed });
    else proceed();
  };
  const agree = () => {
    if (!request) return;
    setRequest(null);
    allowOrigins(request.origins, request.proceed);
  };
  return {
    before,
    beforeReading: (proceed) => before(unapprovedOrigins(studioStore.getState()), [], proceed),
    dialog: (
      <Modal
        opened={request !== null}
        onClose={() => setRequest(null)}
        title="Fetch from another machine?"
        centered
      >
        <Stack gap="sm">
          <Text size="sm">Reading these faces makes this machine fetch from:</Text>
          <List size="sm" data-testid="origins">
            {request?.origins.map((origin) => (
              <List.Item key={origin}>
                <Code>{origin}</Code>
              </List.Item>
            ))}
          </List>
          <Text size="sm">
            Its operators, and any host that it redirects to, see this machine’s address. None of
            your data is sent.
          </Text>
          {request?.notes.map((note) => (
            <Text key={note} size="sm">
              {note}
            </Text>
          ))}
          {request && !mayReach(request.origins) && (
            <Text size="sm">
              This page is sealed: the browser lets it reach no other machine. It reloads without
              the seal, with the same settings, and asks again. Files that you picked or loaded have
              to be picked again.
            </Text>
          )}
          <Group>
            <Button size="xs" onClick={agree}>
              Allow it
            </Button>
            <Button size="xs" variant="default" onClick={() => setRequest(null)} data-autofocus>
              Don’t
            </Button>
          </Group>
        </Stack>
      </Modal>
    ),
  };
}
