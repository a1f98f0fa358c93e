import { expect, test, type Page } from '@playwright/test';
import {
  openPlace,
  openSettings,
  placeAddress,
  placeLink,
  placeShown,
  PLACES,
  startRun,
} from './places';
import { tinyShard } from './tiny-shard';

const TINY = 'preset=demo&shards=tiny.tar&batchSize=8&epochs=900&maxValidationImages=10';

async function open(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await expect(page.getByTestId('backend')).toHaveText('wasm', { timeout: 60_000 });
}

/** Changes the address of the open page from # on, as one does who pastes a link into it. */
const paste = (page: Page, hash: string) =>
  page.evaluate((given) => {
    location.hash = given;
  }, hash);

const shown = (page: Page, place: (typeof PLACES)[number]) =>
  expect(placeShown(page, place)).toBeVisible();

/** Marks the page, so that a reload would be noticed. */
const mark = (page: Page) => page.evaluate(() => Object.assign(window, { isSame: true }));
const isSame = (page: Page) =>
  page.evaluate(() => (window as unknown as { isSame?: boolean }).isSame === true);

test('Back goes back to the place before, and Forward forward, without a reload', async ({
  page,
}) => {
  await open(page, '/?backend=wasm');
  await shown(page, 'Compare');
  await mark(page);
  for (const place of ['Train', 'Data'] as const) {
    await openPlace(page, place);
    await shown(page, place);
    await expect(page).toHaveTitle(`${place} · SCF Studio`);
    await expect(placeShown(page, place)).toBeFocused();
    await expect(placeLink(page, place)).toHaveAttribute('aria-current', 'page');
  }
  await page.goBack();
  await shown(page, 'Train');
  await page.goBack();
  await shown(page, 'Compare');
  await page.goForward();
  await shown(page, 'Train');
  expect(await isSame(page)).toBe(true);
});

test('a link that is pasted into the open page is obeyed, and mended', async ({ page }) => {
  await open(page, placeAddress('Compare', 'preset=demo'));
  await mark(page);
  await paste(page, '#/train?preset=demo&epochs=7&epoch=3&colour=red');
  await shown(page, 'Train');
  await expect(page.getByRole('status').filter({ hasText: 'left out' })).toContainText(
    '"epoch" is not a setting of a run.',
  );
  await expect(page).toHaveURL(/#\/train\?preset=demo&epochs=7$/);
  expect(await isSame(page)).toBe(true);
  await page.goBack();
  await shown(page, 'Compare');

  // An address of an earlier version opens, and is rewritten.
  await open(page, '/?backend=wasm&view=verify#preset=demo&epochs=7');
  await shown(page, 'Compare');
  await expect(page).toHaveURL(/\/\?backend=wasm#\/compare\?preset=demo&epochs=7/);
});

test('a copied link restores the place and the settings', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await open(page, placeAddress('Train', 'preset=demo&epochs=7&seed=5'));
  await page.getByRole('button', { name: 'Copy link' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'The link was copied.' })).toHaveCount(1);
  const link = await page.evaluate(() => navigator.clipboard.readText());
  const other = await context.newPage();
  await open(other, link);
  await shown(other, 'Train');
  await expect(other).toHaveURL(/#\/train\?preset=demo&seed=5&epochs=7$/);
  await expect(other.getByRole('status').filter({ hasText: 'left out' })).toHaveCount(0);
});

test('the palette opens a place, and ? lists the keys, by the keyboard alone', async ({ page }) => {
  await open(page, placeAddress('Compare', 'preset=demo'));
  await page.keyboard.press('Control+k');
  const commands = page.getByRole('textbox', { name: 'Commands' });
  await expect(commands).toBeFocused();
  await commands.fill('benchmark');
  await page.keyboard.press('Enter');
  await shown(page, 'Machine');
  await expect(commands).toHaveCount(0);
  await expect(placeShown(page, 'Machine')).toBeFocused();

  await page.keyboard.press('?');
  const keys = page.getByRole('dialog', { name: 'Keys' });
  await expect(keys).toContainText('No key starts a run');
  await expect(keys.getByRole('region', { name: 'The run' })).toContainText('Step');
  // A dialog shields the page behind it.
  await page.keyboard.press('1');
  await shown(page, 'Machine');
  await page.keyboard.press('Escape');
  await expect(keys).toHaveCount(0);
  await page.keyboard.press('1');
  await shown(page, 'Compare');
});

test('arrows step the run after a click on Pause, and are left to a slider', async ({ page }) => {
  const body = await tinyShard({ trainedPeople: 8, heldOutPeople: 4, pictures: 5 });
  await page.route('**/tiny.tar', (route) =>
    route.fulfill({ status: 200, body, contentType: 'application/x-tar' }),
  );
  await open(page, placeAddress('Train', TINY));
  await startRun(page);
  const state = page.getByTestId('run-state');
  const step = async () => Number(await page.getByTestId('step').textContent());
  await expect(state).toHaveText('running', { timeout: 60_000 });
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  await expect(state).toHaveText('paused');
  // The click has left the focus on the button.
  await expect(page.getByRole('button', { name: 'Continue', exact: true })).toBeFocused();
  const paused = await step();
  await page.keyboard.press('ArrowRight');
  await expect.poll(step).toBe(paused + 1);
  await page.keyboard.press('ArrowRight');
  await expect.poll(step).toBe(paused + 2);

  const slider = page.getByRole('slider').first();
  await slider.focus();
  await page.keyboard.press('ArrowRight');
  await openPlace(page, 'Runs');
  await page.keyboard.press('ArrowRight');
  await expect.poll(step).toBe(paused + 3);
  await expect(state).toHaveText('paused');

  // The settings in a link are refused while the run is on; its place is shown.
  await paste(page, '#/data?preset=demo&epochs=3');
  await shown(page, 'Data');
  await expect(page.getByRole('status').filter({ hasText: 'a run is on' })).toBeVisible();
  const run = page.getByRole('group', { name: 'The run', exact: true });
  await run.getByRole('button', { name: 'Stop' }).click();
  await expect(state).toHaveText('stopped', { timeout: 30_000 });
});

test('the skip link leads past the rail, and the drawer gives the focus back', async ({ page }) => {
  await open(page, placeAddress('Train', 'preset=demo'));
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to the content' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(placeShown(page, 'Train')).toBeFocused();
  await expect(page).toHaveURL(/#\/train\?preset=demo$/);

  const settings = await openSettings(page);
  await page.keyboard.press('Escape');
  await expect(settings).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Settings', exact: true })).toBeFocused();
});

test('no place is wider than a telephone', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await open(page, placeAddress('Compare', 'preset=demo'));
  for (const place of PLACES) {
    await openPlace(page, place);
    await shown(page, place);
    await expect(page.getByLabel('Loading the view')).toHaveCount(0);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width, place).toBe(390);
  }
});
