import type { ActionKey } from './action';

/** What the keyboard of a Mac calls the key that other keyboards call Ctrl. */
const onMac = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.userAgent);

const NAMES: Readonly<Record<string, string>> = { ' ': 'Space', ArrowRight: '→', ArrowLeft: '←' };

/** The names of the keys to press, one after the other: Ctrl, K. */
export const keyNames = ({ key, withControl }: ActionKey): readonly string[] => [
  ...(withControl ? [onMac ? '⌘' : 'Ctrl'] : []),
  NAMES[key] ?? key.toUpperCase(),
];

/** For `aria-keyshortcuts`, which names keys as events do. */
export function ariaKey({ key, withControl }: ActionKey): string {
  const name = key === ' ' ? 'Space' : key;
  return withControl ? `Control+${name} Meta+${name}` : name;
}
