import { studioStore, type StudioState } from '../studio-store';
import type { Action, ActionKey } from './action';
import { actions } from './actions';
import { takesKey } from './takes-key';

/** The part of a `keydown` event that says which key was pressed. */
export type KeyPress = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'repeat'>;

/** The action that a key performs now; null if it performs none. */
export function actionOfKey(press: KeyPress, state: StudioState): Action | null {
  if (press.repeat || press.altKey) return null;
  const isIt = (key: ActionKey) =>
    key.key === (key.withControl ? press.key.toLowerCase() : press.key) &&
    (key.withControl ?? false) === (press.ctrlKey || press.metaKey);
  return actions.find(({ key, predicate }) => key && isIt(key) && predicate(state)) ?? null;
}

/** Performs what a key stands for, unless the element that has the focus needs the key itself. */
export function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  const state = studioStore.getState();
  const action = actionOfKey(event, state);
  if (!action) return;
  const focused = event.target instanceof Element ? event.target : null;
  // With Ctrl it means nothing to a field, but a dialog shields the page from that too.
  const taker = action.key?.withControl ? focused?.closest('[role="dialog"]') : focused;
  if (taker && takesKey(taker, event.key)) return;
  event.preventDefault();
  action.perform(state);
}
