import type { PlaceName } from './address/place-names';

/** What stands open around the places. */
export type ShellDialog = 'palette' | 'keys' | 'settings';

/** What the shell shows: which place, and what stands open around it. */
export interface ShellState {
  /** The place that is shown. */
  readonly place: PlaceName;
  /** null if none is open: one at a time. */
  readonly dialog: ShellDialog | null;
  /** When a link was last copied, in ms since 1970; null while the page doesn't say so. */
  readonly linkCopiedAt: number | null;
}

export const initialShellState: ShellState = {
  place: 'compare',
  dialog: null,
  linkCopiedAt: null,
};
