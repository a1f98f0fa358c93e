/** The places of the page, in the order of their tabs. */
export const viewNames = [
  'train',
  'verify',
  'runs',
  'evaluate',
  'data',
  'models',
  'machine',
] as const;
export type ViewName = (typeof viewNames)[number];

/** The place that an address names (`?view=…`); Train if it names none. */
export function viewIn(address: string): ViewName {
  const name = new URL(address).searchParams.get('view');
  return viewNames.find((each) => each === name) ?? 'train';
}
