import { useDeferredValue } from 'react';
import type { ShellDialog } from '../shell-slice';
import { useStudio } from '../use-studio';

/**
 * Whether a dialog is open. Not yet when it is drawn for the first time: only one that was closed
 * before it opened notes where the focus was, and gives it back.
 */
export const useIsOpen = (name: ShellDialog): boolean =>
  useDeferredValue(
    useStudio(({ dialog }) => dialog === name),
    false,
  );
