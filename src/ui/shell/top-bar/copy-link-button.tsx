import { VisuallyHidden } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import type { Action } from '../actions/action';
import { ActionButton } from '../actions/action-button';
import { studioActions } from '../actions/studio-actions';
import { useStudio } from '../use-studio';

/** Copies the address, and says for a moment that it was copied, aloud too. */
export function CopyLink() {
  const isCopied = useStudio(({ linkCopiedAt }) => linkCopiedAt !== null);
  return (
    <>
      <ActionButton
        actions={[isCopied ? copied : studioActions.copyLink]}
        said={isCopied ? 'Copied' : undefined}
      />
      <VisuallyHidden role="status">{isCopied ? 'The link was copied.' : ''}</VisuallyHidden>
    </>
  );
}

/** The button keeps its name and gets another icon. */
const copied: Action = { ...studioActions.copyLink, icon: () => IconCheck };
