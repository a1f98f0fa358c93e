import { TextInput } from '@mantine/core';
import { IconPencil } from '@tabler/icons-react';
import { useRef, useState, type ReactNode } from 'react';
import type { RunSummary } from '../../runs/run-manifest';
import { keptRuns } from './commands';
import styles from './runs.module.css';

/** Characters of a run's name, at most. */
const MAX_NAME = 80;

/** The name of a run with a button that turns it into an input: Enter keeps it, Escape doesn't. */
export function RunName({ run, children }: { run: RunSummary; children: ReactNode }) {
  const [draft, setDraft] = useState<string | null>(null);
  const button = useRef<HTMLButtonElement>(null);
  const end = (name: string | null) => {
    setDraft(null);
    // The input goes, and the focus with it.
    setTimeout(() => button.current?.focus());
    const trimmed = name?.trim();
    if (trimmed && trimmed !== run.name) void keptRuns.label(run.id, { name: trimmed });
  };
  if (draft === null)
    return (
      <span className={styles.named}>
        {children}
        <button
          ref={button}
          type="button"
          className={styles.icon}
          aria-label={`Rename ${run.name}`}
          onClick={() => setDraft(run.name)}
        >
          <IconPencil size={14} aria-hidden />
        </button>
      </span>
    );
  return (
    <TextInput
      size="xs"
      flex={1}
      miw={0}
      aria-label={`New name of ${run.name}`}
      value={draft}
      maxLength={MAX_NAME}
      data-autofocus
      autoFocus
      onFocus={(event) => event.currentTarget.select()}
      onChange={(event) => setDraft(event.currentTarget.value)}
      onBlur={() => draft !== null && end(draft)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') end(draft);
        if (event.key === 'Escape') end(null);
      }}
    />
  );
}
