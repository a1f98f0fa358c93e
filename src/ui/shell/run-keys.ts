import type { RunState } from '../../training/session/run-events';

/**
 * What a key may do to a run. None of them begins one, and none takes anything away that can't be
 * had again.
 */
export type KeyedAction = 'pause' | 'continue' | 'step' | 'stop';

/** A key that went down, as far as it matters. */
export interface KeyPress {
  /** `KeyboardEvent.key`. */
  readonly key: string;
  /** Held down for so long that it comes again. */
  readonly isRepeat: boolean;
  /** With Control, Command or Alt it is the browser's. */
  readonly isModified: boolean;
  /** Something that takes keys has the focus, or has taken this one already. */
  readonly isTaken: boolean;
}

/**
 * What a key does now: Space pauses and goes on, → takes one step, S stops. Outside a run they are
 * the browser's: Space scrolls.
 * A run that is being prepared is stopped by its button alone, since a first pass over the pictures
 * may be lost with it.
 */
export function keyedAction(
  { key, isRepeat, isModified, isTaken }: KeyPress,
  { runState, isElsewhere }: { readonly runState: RunState; readonly isElsewhere: boolean },
): KeyedAction | null {
  if (isRepeat || isModified || isTaken || isElsewhere) return null;
  if (runState !== 'running' && runState !== 'paused') return null;
  switch (key) {
    case ' ':
      return runState === 'running' ? 'pause' : 'continue';
    case 'ArrowRight':
      return 'step';
    case 's':
    case 'S':
      return 'stop';
    default:
      return null;
  }
}
