import type { ReadingEstimate } from '../../../inference/evaluation/ijb/measure-reading';
import type { AvailableHead, IjbState } from '../../../studio/protocol';

/** What the page knows of releases of IJB. */
export interface IjbPageState {
  /** What the worker has told last; null before. */
  readonly state: IjbState | null;
  /** How long the reading will take; null until it has been measured. */
  readonly estimate: ReadingEstimate | null;
  /** The heads that it was measured with. */
  readonly estimateFor: readonly AvailableHead[] | null;
  /** Whether a pause or a stop was asked for, which waits for the pictures in hand. */
  readonly isEnding: boolean;
}

export const initialIjbState: IjbPageState = {
  state: null,
  estimate: null,
  estimateFor: null,
  isEnding: false,
};
