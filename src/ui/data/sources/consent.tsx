import { Button, Code, Group, List, Modal, Stack, Text } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { mayReach } from '../../shell/network-policy';
import { studioStore } from '../../shell/studio-store';
import { allow } from '../commands';
import { unaskedOrigins } from './use-source';

interface Question {
  readonly origins: readonly string[];
  /** What else is to be known before. */
  readonly notes: readonly string[];
  readonly proceed: () => void;
}

/** What a section needs to ask before other machines are asked. */
export interface Consent {
  /** Proceeds at once where none of `origins` is new, else when a person agrees. */
  readonly before: (
    origins: readonly string[],
    notes: readonly string[],
    proceed: () => void,
  ) => void;
  /** Proceeds likewise with the source on show. */
  readonly beforeReading: (proceed: () => void) => void;
  readonly dialog: ReactNode;
}

/** Asks a person, once for each origin, before this machine asks it for the first byte. */
export function useConsent(): Consent {
  const [question, setQuestion] = useState<Question | null>(null);
  const before: Consent['before'] = (origins, notes, proceed) => {
    if (origins.length > 0) setQuestion({ origins, notes, proceed });
    else proceed();
  };
  const agree = () => {
    if (!question) return;
    setQuestion(null);
    allow(question.origins, question.proceed);
  };
  return {
    before,
    beforeReading: (proceed) => before(unaskedOrigins(studioStore.getState()), [], proceed),
    dialog: (
      <Modal
        opened={question !== null}
        onClose={() => setQuestion(null)}
        title="Let this machine ask another?"
        centered
      >
        <Stack gap="sm">
          <Text size="sm">Reading these faces makes this machine fetch from:</Text>
          <List size="sm" data-testid="origins">
            {question?.origins.map((origin) => (
              <List.Item key={origin}>
                <Code>{origin}</Code>
              </List.Item>
            ))}
          </List>
          <Text size="sm">
            Whoever runs {question?.origins.length === 1 ? 'it' : 'them'}, and hosts that it is sent
            on to, see this machine’s address. Nothing of yours is sent.
          </Text>
          {question?.notes.map((note) => (
            <Text key={note} size="sm">
              {note}
            </Text>
          ))}
          {question && !mayReach(question.origins) && (
            <Text size="sm">
              This page is sealed: the browser lets it reach no other machine. It opens anew without
              that seal, with the same settings, and asks once more; what was picked or loaded from
              files has to be picked again.
            </Text>
          )}
          <Group>
            <Button size="xs" onClick={agree}>
              Allow it
            </Button>
            <Button size="xs" variant="default" onClick={() => setQuestion(null)} data-autofocus>
              Don’t
            </Button>
          </Group>
        </Stack>
      </Modal>
    ),
  };
}
