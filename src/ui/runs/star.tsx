import { ActionIcon } from '@mantine/core';
import { IconStar, IconStarFilled } from '@tabler/icons-react';
import type { RunSummary } from '../../runs/run-manifest';
import { keptRuns } from './commands';

/** Stars a run, or takes its star: a starred run is never thrown away to make room. */
export function Star({ run: { id, name, isStarred } }: { run: RunSummary }) {
  return (
    <ActionIcon
      size="sm"
      variant="subtle"
      color={isStarred ? 'yellow.7' : 'gray'}
      aria-label={`Star ${name}`}
      aria-pressed={isStarred}
      onClick={() => void keptRuns.label(id, { isStarred: !isStarred })}
    >
      {isStarred ? <IconStarFilled size={16} aria-hidden /> : <IconStar size={16} aria-hidden />}
    </ActionIcon>
  );
}
