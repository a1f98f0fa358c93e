import type { ErrorScope } from '../../../training/session/run-events';
import type { PlaceName } from '../address/place-names';
import type { ErrorEntry, MessagesState } from '../messages-slice';

/** Where errors of each scope stand; null for those that concern the whole studio. */
const places: Readonly<Record<ErrorScope, PlaceName | null>> = {
  studio: null,
  run: 'train',
  verification: 'compare',
  evaluation: 'evaluate',
  data: 'data',
  models: 'models',
  machine: 'machine',
};

/** The place in which an error stands; null if it stands above all of them. */
export const placeOfError = ({ scope }: Pick<ErrorEntry, 'scope'>): PlaceName | null =>
  places[scope];

/** Whether something that failed in a place still stands there. */
export const hasError = ({ errors }: MessagesState, place: PlaceName): boolean =>
  errors.some((error) => placeOfError(error) === place);
