import { receive } from '../receive-event';
import { studioStore } from '../studio-store';
import { AddressKeeper } from './address-keeper';
import { addressParts } from './address-parts';

/** The page's address without the hash, and without what only earlier versions put there. */
function ownPath(): string {
  const url = new URL(location.href);
  url.searchParams.delete('view');
  return url.pathname + url.search;
}

const keeper = new AddressKeeper(
  {
    href: () => location.href,
    push: (hash) => history.pushState(null, '', ownPath() + hash),
    replace: (hash) => history.replaceState(null, '', ownPath() + hash),
  },
  studioStore,
  addressParts,
  (text) => receive({ type: 'notice', text }),
);

/**
 * Shows what the page's address asks for, and keeps it up to date from then on. Back, Forward and
 * an address that is pasted into the open page are obeyed without a reload.
 */
export function followAddress(): void {
  keeper.obey();
  studioStore.subscribe(() => keeper.noteChange());
  window.addEventListener('hashchange', () => keeper.obey());
  window.addEventListener('pagehide', () => keeper.flush());
}

/** The address of what is on show now. */
export function currentAddress(): string {
  keeper.flush();
  return location.href;
}
