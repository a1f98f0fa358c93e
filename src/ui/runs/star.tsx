import { IconStar, IconStarFilled } from '@tabler/icons-react';
import type { RunSummary } from '../../runs/run-manifest';
import { keptRuns } from './commands';
import styles from './runs.module.css';

/** Stars a run, or takes its star: a starred run is never thrown away to make room. */
export function Star({ run: { id, name, isStarred } }: { run: RunSummary }) {
  const Icon = isStarred ? IconStarFilled : IconStar;
  return (
    <button
      type="button"
      className={styles.icon}
      data-starred={isStarred || undefined}
      aria-label={`Star ${name}`}
      aria-pressed={isStarred}
      onClick={() => void keptRuns.label(id, { isStarred: !isStarred })}
    >
      <Icon size={16} aria-hidden />
    </button>
  );
}
