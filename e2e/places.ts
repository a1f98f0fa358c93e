import type { Locator, Page } from 'playwright';

/** The names of the page's places, as its rail shows them. */
export const PLACES = [
  'Compare',
  'Train',
  'Runs',
  'Evaluate',
  'Data',
  'Models',
  'Machine',
] as const;
export type PlaceTitle = (typeof PLACES)[number];

/**
 * The address of a place.
 * @param settings what follows the place, such as `preset=demo`
 * @param search what stands before `#`; the backend is wasm unless it says otherwise
 */
export const placeAddress = (place: PlaceTitle, settings = '', search = '?backend=wasm'): string =>
  `/${search}#/${place.toLowerCase()}?${settings}`;

/** The link to a place in the rail. */
export const placeLink = (page: Page, place: PlaceTitle): Locator =>
  page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: place });

/** Opens a place by its link. */
export const openPlace = (page: Page, place: PlaceTitle): Promise<void> =>
  placeLink(page, place).click();

/** A section of a place, by its title. */
export const section = (page: Page, name: string): Locator =>
  page.getByRole('region', { name, exact: true });

/** A section whose content is behind its title: unfolds it. */
export async function unfolded(page: Page, name: string): Promise<Locator> {
  const title = section(page, name).getByRole('button', { name, exact: true, expanded: false });
  await title.click({ timeout: 60_000 });
  return section(page, name);
}

/** What is shown of a place. */
export const placeShown = (page: Page, place: PlaceTitle): Locator =>
  page.getByRole('main', { name: place, exact: true });

/** Opens the settings of the next run, from any place. @returns the drawer */
export async function openSettings(page: Page): Promise<Locator> {
  await openPlace(page, 'Train');
  await page.getByRole('button', { name: 'Settings', exact: true }).click();
  const drawer = page.getByRole('dialog', { name: 'Settings of the next run' });
  await drawer.waitFor();
  return drawer;
}

/** Starts a run with the settings in the drawer, from any place. */
export async function startRun(page: Page): Promise<void> {
  const drawer = page.getByRole('dialog', { name: 'Settings of the next run' });
  if (!(await drawer.isVisible())) await openSettings(page);
  await drawer.getByRole('button', { name: 'Start with these settings' }).click();
}
