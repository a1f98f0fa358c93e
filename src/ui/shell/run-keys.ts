import type { RunState } from '../../training/session/run-events';

/** What a key may do to a run. No key starts a run, and none ends one. */
export type KeyedAction = 'pause' | 'continue' | 'step';

/** The relevant facts of a `keydown` event. */
export interface KeyPress {
  /** `KeyboardEvent.key`. */
  readonly key: string;
  /** The key is held down, and this is a repetition. */
  readonly isRepeat: boolean;
  /** Control, Command or Alt is held: the key belongs to the browser. */
  readonly isModified: boolean;
  /** An element that handles keys has the focus, or has handled this one already. */
  readonly isTaken: boolean;
}

/**
 * What a key does now: Space pauses or continues, → takes one step. Outside of a run the keys
 * belong to the browser: Space scrolls. A run is stopped by its button alone.
 */
export function keyedAction(
  { key, isRepeat, isModified, isTaken }: KeyPress,
  { runState, isWatching }: { readonly runState: RunState; readonly isWatching: boolean },
): KeyedAction | null {
  if (isRepeat || isModified || isTaken || isWatching) return null;
  if (runState !== 'running' && runState !== 'paused') return null;
  switch (key) {
    case ' ':
      return runState === 'running' ? 'pause' : 'continue';
    case 'ArrowRight':
      return 'step';
    default:
      return null;
  }
}
