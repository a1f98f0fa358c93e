import { Button, Tooltip, type ButtonProps } from '@mantine/core';
import type { ReactNode } from 'react';

interface ReasonedButtonProps extends ButtonProps {
  /** Why it can't be pressed, as a sentence; null if it can. */
  readonly reason: string | null;
  /** What pressing it does, as a sentence. */
  readonly hint?: string;
  readonly onClick: () => void;
  readonly children: ReactNode;
}

/** A button that says why it can't be pressed. It keeps the focus then, so that anyone can ask. */
export function ReasonedButton({ reason, hint, onClick, children, ...props }: ReasonedButtonProps) {
  const words = reason ?? hint;
  return (
    <Tooltip
      label={words}
      disabled={words === undefined}
      multiline
      maw={280}
      events={{ hover: true, focus: true, touch: true }}
    >
      <Button
        size="xs"
        variant="default"
        {...props}
        aria-disabled={reason !== null || undefined}
        data-disabled={reason !== null || undefined}
        onClick={() => reason === null && onClick()}
      >
        {children}
      </Button>
    </Tooltip>
  );
}
