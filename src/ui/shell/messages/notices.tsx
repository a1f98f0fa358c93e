import { Anchor, CloseButton, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { Notice } from '../messages-slice';
import { dismissNotice } from '../studio-store';
import { useStudio } from '../use-studio';
import classes from './notices.module.css';

/** What the studio did by itself, the newest first; earlier ones can be put away. */
export function Notices() {
  const notices = useStudio((state) => state.notices);
  const [isOpen, setOpen] = useState(true);
  const [newest, ...earlier] = notices.toReversed();
  if (!newest) return null;
  return (
    <Stack gap={0} mb="md" className={classes.notices}>
      <NoticeLine key={newest.id} notice={newest} />
      {isOpen && earlier.map((notice) => <NoticeLine key={notice.id} notice={notice} />)}
      {earlier.length > 0 && (
        <Anchor
          component="button"
          size="sm"
          className={classes.more}
          aria-expanded={isOpen}
          onClick={() => setOpen(!isOpen)}
        >
          {isOpen ? 'Hide earlier notices' : `Show ${earlier.length} earlier`}
        </Anchor>
      )}
    </Stack>
  );
}

function NoticeLine({ notice: { id, text, at } }: { notice: Notice }) {
  const time = new Date(at);
  return (
    <Group
      role="status"
      aria-label={`Notice at ${time.toLocaleTimeString()}`}
      gap="sm"
      wrap="nowrap"
      align="flex-start"
      py={6}
    >
      <Text
        component="time"
        dateTime={time.toISOString()}
        size="sm"
        c="dimmed"
        style={{ flexShrink: 0, fontVariantNumeric: 'tabular-nums' }}
      >
        {time.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' })}
      </Text>
      <Text size="sm" flex={1} miw={0} style={{ overflowWrap: 'anywhere' }}>
        {text}
      </Text>
      <CloseButton size="sm" aria-label="Dismiss" onClick={() => dismissNotice(id)} />
    </Group>
  );
}
