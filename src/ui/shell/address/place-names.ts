/** The places of the page, in the order of the rail. */
export const placeNames = [
  'compare',
  'train',
  'runs',
  'evaluate',
  'data',
  'models',
  'machine',
] as const;
export type PlaceName = (typeof placeNames)[number];

/** What a person calls each place. */
export const placeTitles: Readonly<Record<PlaceName, string>> = {
  compare: 'Compare',
  train: 'Train',
  runs: 'Runs',
  evaluate: 'Evaluate',
  data: 'Data',
  models: 'Models',
  machine: 'Machine',
};

/** The place of a name in an address; null if there is none. */
export function placeNamed(name: string): PlaceName | null {
  // Compare was called so in earlier addresses.
  if (name === 'verify') return 'compare';
  return placeNames.find((each) => each === name) ?? null;
}
