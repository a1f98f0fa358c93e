import { Alert, Card, Group, Stack, Title } from '@mantine/core';
import { useId, type ReactNode } from 'react';
import type { ErrorEntry } from '../shell/messages-slice';
import { dismissError } from '../shell/studio-store';
import { useStudio } from '../shell/use-studio';

export interface SectionProps {
  readonly title: string;
  /** Shown at the right of the title: a button, a figure. */
  readonly aside?: ReactNode;
  /** The section shows the errors about this topic. */
  readonly topic?: NonNullable<ErrorEntry['about']>;
  readonly testId?: string;
  readonly children: ReactNode;
}

/** A section of a view: its title, its errors and its content. */
export function Section({ title, aside, topic, testId, children }: SectionProps) {
  const id = useId();
  return (
    <Card withBorder component="section" aria-labelledby={id} data-testid={testId}>
      <Stack gap="sm">
        <Group justify="space-between" gap="xs">
          <Title order={2} size="h5" id={id}>
            {title}
          </Title>
          {aside}
        </Group>
        {topic && <TopicErrors topic={topic} />}
        {children}
      </Stack>
    </Card>
  );
}

/** The errors about a topic, each with a button to dismiss it. */
export function TopicErrors({ topic }: { topic: ErrorEntry['about'] }) {
  const errors = useStudio((state) => state.errors);
  return errors
    .filter(({ about }) => about === topic)
    .map(({ id, error }) => (
      <Alert
        key={id}
        role="alert"
        color="red"
        withCloseButton
        closeButtonLabel="Dismiss"
        onClose={() => dismissError(id)}
      >
        {error.message} {error.nextStep}
      </Alert>
    ));
}
