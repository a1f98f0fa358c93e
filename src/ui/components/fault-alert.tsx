import { Alert } from '@mantine/core';
import type { ReactNode } from 'react';
import type { StudioErrorRecord } from '../../core/studio-error';

interface FaultAlertProps {
  readonly fault: Pick<StudioErrorRecord, 'message' | 'nextStep'>;
  /** What failed, where the place doesn't say it. */
  readonly title?: string | undefined;
  /** null if it can't be dismissed. */
  readonly onDismiss: (() => void) | null;
  /** What can be done about it, besides its next step. */
  readonly children?: ReactNode;
}

/** What went wrong and what to do next, where it happened. */
export const FaultAlert = ({ fault, title, onDismiss, children }: FaultAlertProps) => (
  <Alert
    role="alert"
    color="red"
    title={title}
    withCloseButton={onDismiss !== null}
    closeButtonLabel="Dismiss"
    onClose={() => onDismiss?.()}
  >
    {fault.message} {fault.nextStep}
    {children}
  </Alert>
);
