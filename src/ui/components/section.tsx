import { Collapse, Group, Stack, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconChevronDown } from '@tabler/icons-react';
import { useId, type ReactNode } from 'react';
import type { ErrorEntry } from '../shell/messages-slice';
import { dismissError } from '../shell/studio-store';
import { useStudio } from '../shell/use-studio';
import { FaultAlert } from './fault-alert';
import classes from './section.module.css';

export interface SectionProps {
  readonly title: string;
  /** A sentence below the title: what it is for. */
  readonly summary?: ReactNode;
  /** Shown at the right of the title: a button, a figure. */
  readonly aside?: ReactNode;
  /** The section shows the errors about this topic. */
  readonly topic?: NonNullable<ErrorEntry['about']>;
  /** Whether its content is behind its title at first: for what few come for. */
  readonly folds?: boolean;
  readonly testId?: string;
  readonly children: ReactNode;
}

/** A section of a view: its title, its errors and its content. */
export function Section(props: SectionProps) {
  const { title, summary, aside, topic, folds = false, testId, children } = props;
  const id = useId();
  const [isOpen, { toggle }] = useDisclosure(!folds);
  return (
    <section aria-labelledby={id} data-testid={testId} className={classes.section}>
      <Group justify="space-between" gap="xs">
        <Title order={2} size="h3" id={id}>
          {folds ? (
            <button
              type="button"
              className={classes.fold}
              aria-expanded={isOpen}
              aria-controls={`${id}content`}
              onClick={toggle}
            >
              {title}
              <IconChevronDown size={18} aria-hidden className={classes.chevron} />
            </button>
          ) : (
            title
          )}
        </Title>
        {aside}
      </Group>
      {summary && (
        <Text size="sm" c="dimmed" mt={4} maw="46rem">
          {summary}
        </Text>
      )}
      {/* Beside the fold: an error is seen, also of what is folded. */}
      {topic && (
        <Stack gap="sm" className={classes.errors}>
          <TopicErrors topic={topic} />
        </Stack>
      )}
      <Collapse in={isOpen} id={`${id}content`}>
        <Stack gap="sm" className={classes.body}>
          {children}
        </Stack>
      </Collapse>
    </section>
  );
}

/** The errors about a topic, each with a button to dismiss it. */
export function TopicErrors({ topic }: { topic: ErrorEntry['about'] }) {
  const errors = useStudio((state) => state.errors);
  return errors
    .filter(({ about }) => about === topic)
    .map(({ id, error }) => (
      <FaultAlert key={id} fault={error} onDismiss={() => dismissError(id)} />
    ));
}
