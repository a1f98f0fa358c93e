import { localStorageColorSchemeManager, type MantineColorScheme } from '@mantine/core';

const stored = localStorageColorSchemeManager();
let apply: (scheme: MantineColorScheme) => void = () => undefined;

/** Keeps the chosen colours in this browser, and lets actions outside of React change them. */
export const colourSchemes: typeof stored = {
  ...stored,
  subscribe(onUpdate) {
    apply = onUpdate;
    stored.subscribe(onUpdate);
  },
};

/** The colours on show: those chosen, else those of the system. */
export function colourScheme(): 'light' | 'dark' {
  const chosen = stored.get('auto');
  if (chosen !== 'auto') return chosen;
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

/** Changes from light to dark colours, or back. */
export function toggleColourScheme(): void {
  const next = colourScheme() === 'dark' ? 'light' : 'dark';
  stored.set(next);
  apply(next);
}
