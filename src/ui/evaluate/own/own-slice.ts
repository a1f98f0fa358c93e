import type { QualityRequest } from '../../../studio/protocol';
import { initialOwnSettings, type OwnSettings } from './own-settings';
import type { PickedSet } from './picked-set';

/**
 * The set of one's own that was picked last, and how it is evaluated: kept as long as the page is
 * open, whatever place is shown.
 */
export interface OwnSetState {
  /** null before one was picked. */
  readonly set: PickedSet | null;
  /** Index of the chosen list of pairs in the set's lists. */
  readonly list: number;
  /** Texts of qualities, which may come before the set. */
  readonly qualities: readonly QualityRequest[];
  readonly settings: OwnSettings;
}

export const initialOwnSet: OwnSetState = {
  set: null,
  list: 0,
  qualities: [],
  settings: initialOwnSettings,
};
