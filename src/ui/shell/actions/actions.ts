import type { Action } from './action';
import { placeActions } from './place-actions';
import { runActions } from './run-actions';
import { studioActions } from './studio-actions';

/** All that a person can do from anywhere: behind buttons, keys, their list and the palette. */
export const actions: readonly Action[] = [
  ...placeActions,
  ...Object.values(runActions),
  ...Object.values(studioActions),
];
