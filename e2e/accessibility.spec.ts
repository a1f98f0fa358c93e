import { expect, test, type Page } from '@playwright/test';
import { seriousFaults } from './axe';
import { oldProfile } from './old-profile';
import { writeOriginFiles } from './origin-files';
import { openPlace, openSettings, placeAddress, PLACES, placeShown, section } from './places';

/** What axe finds in each place, as it is when it has been opened and has come to rest. */
async function faultsOfPlaces(page: Page, profile: string): Promise<string[]> {
  const found: string[] = [];
  for (const place of PLACES) {
    await openPlace(page, place);
    await expect(placeShown(page, place)).toBeVisible();
    await expect(page.getByRole('progressbar', { name: 'Loading the view' })).toHaveCount(0);
    if (place === 'Data')
      await expect(page.getByTestId('samples').getByRole('figure')).toHaveCount(24);
    await unfoldAll(page);
    found.push(...(await seriousFaults(page, `${place}, ${profile}`)));
  }
  return found;
}

/** Opens every section that is behind its title. */
async function unfoldAll(page: Page): Promise<void> {
  const folded = page.getByRole('heading').getByRole('button', { expanded: false });
  for (let left = await folded.count(); left > 0; left--) {
    const title = folded.last();
    // A word that explains itself may stand in a heading too: it opens a card.
    if ((await title.getAttribute('aria-haspopup')) === null) await title.click();
  }
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing serious on a first visit, ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.goto(placeAddress('Data', 'preset=demo'));
    await expect(page.getByTestId('backend')).toHaveText('wasm', { timeout: 60_000 });
    const found = await faultsOfPlaces(page, 'empty');

    // Stripes of a bar stand still too.
    await openPlace(page, 'Data');
    await page.getByRole('button', { name: 'Count everything' }).click();
    await expect(section(page, 'Everything in it').getByRole('progressbar')).toBeVisible();
    expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);

    // What opens over the page.
    await openPlace(page, 'Models');
    await section(page, 'Backbone').getByRole('button', { name: 'embedding', exact: true }).click();
    await expect(page.getByRole('dialog', { name: 'Embedding' })).toBeVisible();
    found.push(...(await seriousFaults(page, 'the card of a word')));
    await page.keyboard.press('Escape');
    await openPlace(page, 'Data');
    await page.getByRole('button', { name: 'Choose MS1MV3 mirror' }).click();
    await expect(page.getByRole('dialog', { name: 'Fetch from another machine?' })).toBeVisible();
    found.push(...(await seriousFaults(page, 'a question')));
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await openSettings(page);
    found.push(...(await seriousFaults(page, 'the settings')));
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toHaveCount(0);
    for (const keys of ['Control+K', '?']) {
      await page.keyboard.press(keys);
      await expect(page.getByRole('dialog')).toBeVisible();
      found.push(...(await seriousFaults(page, `what ${keys} opens`)));
      await page.keyboard.press('Escape');
      await expect(page.getByRole('dialog')).toHaveCount(0);
    }
    expect(found).toEqual([]);
  });

  test(`axe finds nothing serious where there is a run, ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await writeOriginFiles(page, await oldProfile());
    await page.goto(placeAddress('Runs', 'preset=demo'));
    await expect(page.getByTestId('run-row')).toHaveCount(1, { timeout: 60_000 });
    const found = await faultsOfPlaces(page, 'full');
    await openPlace(page, 'Runs');
    await page.getByTestId('run-row').click();
    found.push(...(await seriousFaults(page, 'a chosen run')));
    expect(found).toEqual([]);
  });
}
