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
  const isOver = useRef(false);
  const begin = () => {
    isOver.current = false;
    setDraft(run.name);
  };
  /** An input that goes while it has the focus may say that it has lost it: that is no end more. */
  const end = (name: string | null) => {
    if (isOver.current) return;
    isOver.current = true;
    setDraft(null);
    const trimmed = name?.trim();
    if (trimmed && trimmed !== run.name) void keptRuns.label(run.id, { name: trimmed });
  };
  const endByKey = (name: string | null) => {
    end(name);
    // The input goes, and the focus with it. Elsewhere a person has put the focus themselves.
    setTimeout(() => button.current?.focus());
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
          onClick={begin}
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
      onBlur={() => end(draft)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') endByKey(draft);
        if (event.key === 'Escape') endByKey(null);
      }}
    />
  );
}
