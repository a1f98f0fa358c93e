import { currentAddress } from './address/follow-address';
import { receive } from './receive-event';
import { studioStore } from './studio-store';

/** For how long the page says that a link was copied. */
const SAID_MS = 2000;

/** Copies the address of what is on show. */
export async function copyLink(): Promise<void> {
  const address = currentAddress();
  try {
    await navigator.clipboard.writeText(address);
  } catch (thrown) {
    if (!(thrown instanceof DOMException || thrown instanceof TypeError)) throw thrown;
    receive({
      type: 'notice',
      text: 'This browser did not let the page copy. The link stands in its address bar.',
    });
    return;
  }
  const linkCopiedAt = Date.now();
  studioStore.setState({ linkCopiedAt });
  setTimeout(() => {
    if (studioStore.getState().linkCopiedAt === linkCopiedAt)
      studioStore.setState({ linkCopiedAt: null });
  }, SAID_MS);
}
