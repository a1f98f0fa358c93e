import { studioStore } from '../studio-store';
import type { ViewName } from './view-names';

/** Shows a place, and notes it in the address. */
export function showView(view: ViewName): void {
  studioStore.setState({ view });
  const address = new URL(location.href);
  address.searchParams.set('view', view);
  history.replaceState(null, '', address);
}
