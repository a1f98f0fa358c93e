/**
 * Whether the browser has refused something because a person has blocked site data: locks and
 * channels between tabs are refused together with the storage that they would guard.
 */
export const isSiteDataBlocked = (thrown: unknown): boolean =>
  thrown instanceof DOMException && thrown.name === 'SecurityError';

/** A channel between the tabs of this browser; null if it has none, or site data is blocked. */
export function channelOfTabs(name: string): BroadcastChannel | null {
  if (!('BroadcastChannel' in globalThis)) return null;
  try {
    return new BroadcastChannel(name);
  } catch (thrown) {
    if (isSiteDataBlocked(thrown)) return null;
    throw thrown;
  }
}
