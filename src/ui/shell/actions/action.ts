import type { Icon } from '@tabler/icons-react';
import type { StudioState } from '../studio-store';

/** Under which heading an action is listed. */
export const actionGroups = ['Places', 'The run', 'The studio'] as const;
export type ActionGroup = (typeof actionGroups)[number];

/** A key that performs an action. */
export interface ActionKey {
  /** As `KeyboardEvent.key` has it. */
  readonly key: string;
  /** Ctrl, or ⌘ on a Mac, is held: such a key works in text fields too. */
  readonly withControl?: boolean;
}

/** Something that a person can do, by a button, a key or the command palette. */
export interface Action {
  /** Unique; no person sees it. */
  readonly name: string;
  readonly group: ActionGroup;
  readonly label: (state: StudioState) => string;
  readonly icon: (state: StudioState) => Icon;
  /** Other words by which it is found. */
  readonly keywords: readonly string[];
  /** null if no key performs it: so it is with all that starts, replaces or ends something. */
  readonly key: ActionKey | null;
  /** Whether it can be performed now. */
  readonly predicate: (state: StudioState) => boolean;
  readonly perform: (state: StudioState) => void;
}
