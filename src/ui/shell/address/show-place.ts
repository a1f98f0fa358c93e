import { studioStore } from '../studio-store';
import type { PlaceName } from './place-names';

/**
 * Shows a place, and closes what stood open over the one before. It becomes an entry of the
 * browser's history: see `followAddress`.
 */
export const showPlace = (place: PlaceName): void => studioStore.setState({ place, dialog: null });
