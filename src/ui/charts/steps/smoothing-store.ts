import { createStore } from 'zustand/vanilla';

const STORAGE_KEY = 'scf-studio.smoothing';
const DEFAULT_WEIGHT = 0.9;
const MAX_WEIGHT = 0.999;

/** Positions of the slider: each ten of them make the smoothing ten times as long. */
export const SMOOTHING_POSITIONS = 30;

/** The weight at a position of the slider, with four decimals: 0, 0.9 at a third, 0.99, 0.999. */
export const weightAt = (position: number): number => +(1 - 10 ** (-position / 10)).toFixed(4);

/** The position that is nearest to a weight. */
export const positionOf = (weight: number): number =>
  Math.min(
    SMOOTHING_POSITIONS,
    Math.round(10 * Math.log10(1 / (1 - Math.min(weight, MAX_WEIGHT)))),
  );

/** The weight that a stored text stands for; the default if it is none. */
export function storedWeight(text: string | null): number {
  const weight = text === null || text.trim() === '' ? NaN : Number(text);
  return weight >= 0 && weight <= MAX_WEIGHT ? weight : DEFAULT_WEIGHT;
}

/** Smoothing of all charts over steps. The browser remembers it. */
export const smoothingStore = createStore<{ readonly weight: number }>(() => ({
  weight: storedWeight(readStorage()),
}));

/** Smooths with another weight, from 0 to 0.999, from now on. */
export function setSmoothing(weight: number): void {
  smoothingStore.setState({ weight });
  try {
    localStorage.setItem(STORAGE_KEY, String(weight));
  } catch {
    // The browser keeps nothing for this page: the weight lasts as long as the page.
  }
}

function readStorage(): string | null {
  try {
    return globalThis.localStorage?.getItem(STORAGE_KEY) ?? null;
  } catch {
    // The browser keeps nothing for this page.
    return null;
  }
}
