import { expect, test, type Page } from '@playwright/test';
import { readFile } from 'node:fs/promises';
import { tinyShard } from './tiny-shard';
import { openPlace, openSettings, placeAddress, placeLink, startRun } from './places';

const TINY = 'preset=demo&shards=tiny.tar&batchSize=8&checkpointEvery=5';

async function open(page: Page, settings: string): Promise<void> {
  const body = await tinyShard({ trainedPeople: 8, heldOutPeople: 4, pictures: 5 });
  await page.route('**/tiny.tar', (route) =>
    route.fulfill({ status: 200, body, contentType: 'application/x-tar' }),
  );
  await page.goto(placeAddress('Train', `${TINY}&${settings}`));
  await expect(page.getByTestId('backend')).toHaveText('wasm', { timeout: 60_000 });
}

const list = (page: Page) => page.getByTestId('run-list');
const rows = (page: Page) => page.getByTestId('run-row');
const showRuns = (page: Page) => openPlace(page, 'Runs');

async function rename(page: Page, row: number, name: string): Promise<void> {
  await rows(page)
    .nth(row)
    .getByRole('button', { name: /^Rename/ })
    .click();
  await page.getByRole('textbox', { name: /^New name of/ }).fill(name);
  await page.keyboard.press('Enter');
  await expect(rows(page).nth(row)).toContainText(name);
}

test('runs are kept, renamed, overlaid, replayed, exported, deleted, taken back and imported', async ({
  page,
  browser,
}) => {
  const failures: string[] = [];
  page.on('pageerror', (error) => failures.push(error.message));
  await open(page, 'epochs=2');
  await showRuns(page);
  await expect(page.getByTestId('no-runs')).toBeVisible({ timeout: 60_000 });
  await page.getByRole('button', { name: 'Train the first' }).click();
  await startRun(page);
  await expect(page.getByTestId('run-state')).toHaveText('finished', { timeout: 120_000 });

  // Another run doesn't take the place of the first.
  const settings = await openSettings(page);
  await settings.getByRole('button', { name: 'Optimiser and schedule' }).click();
  await settings.getByRole('textbox', { name: /^Learning rate/ }).fill('0.008');
  await settings.getByRole('textbox', { name: /^Epochs/ }).fill('3');
  await settings.getByRole('textbox', { name: /^Epochs/ }).press('Tab');
  // The form is the next run's: the one on show keeps its own settings.
  await expect(page.getByText('epoch 2/2')).toBeVisible();
  await startRun(page);
  await expect(page.getByText('epoch 3/3')).toBeVisible({ timeout: 60_000 });
  await expect(page.getByTestId('run-state')).toHaveText('finished', { timeout: 60_000 });

  await showRuns(page);
  await expect(rows(page)).toHaveCount(2, { timeout: 30_000 });
  await rename(page, 0, 'twice the rate');
  await rename(page, 1, 'the first');
  await page.getByTestId('run-panel').getByRole('textbox', { name: 'Note' }).fill('Faster.');
  await page.keyboard.press('Tab');
  await expect(rows(page).first()).toContainText('Faster.');

  await list(page).getByRole('checkbox', { name: 'the first in the charts' }).check();
  const overlay = page.getByTestId('overlay');
  await expect(overlay.getByRole('heading', { name: '2 runs overlaid' })).toBeVisible();
  await expect(overlay.getByTestId('differences')).toHaveText(
    'the first against twice the rate: epochs 2 instead of 3, lr ÷2.',
  );
  await expect(
    overlay.getByTestId('settings-table').getByRole('row', { name: 'Learning rate' }),
  ).toHaveText(/0\.008\s*0\.004/);
  await expect(overlay.getByRole('region', { name: 'Loss', exact: true })).toBeVisible();

  // The figures are of the step up to which the runs are shown.
  const figures = overlay.getByTestId('figures');
  const end = (await figures.textContent())!;
  const slider = overlay.getByRole('slider', { name: 'Show the runs up to this step' });
  await slider.press('Home');
  await slider.press('ArrowRight');
  await slider.press('ArrowRight');
  await expect(figures.getByRole('row', { name: 'twice the rate' })).toContainText('1/3');
  await overlay.getByRole('button', { name: 'Replay', exact: true }).click();
  await expect(figures).toHaveText(end, { timeout: 30_000 });

  // After a reload all curves are there, to the last saved step.
  await page.reload();
  await expect(rows(page)).toHaveCount(2, { timeout: 60_000 });
  await list(page).getByRole('checkbox', { name: 'the first in the charts' }).check();
  await expect(figures).toHaveText(end, { timeout: 30_000 });

  // Neither Space nor → does anything while the page's body has the focus.
  await page.evaluate(() => (document.activeElement as HTMLElement).blur());
  for (const key of ['Space', 'ArrowRight']) await page.keyboard.press(key);
  await expect(page.getByTestId('run-state')).toHaveCount(0);
  await expect(rows(page)).toHaveCount(2);

  const panel = page.getByTestId('run-panel');
  const download = page.waitForEvent('download');
  await panel.getByRole('button', { name: 'Export' }).click();
  const file = await download;
  expect(file.suggestedFilename()).toMatch(/\.scfrun$/);
  const buffer = await readFile(await file.path());

  const report = page.waitForEvent('download');
  await overlay.getByRole('button', { name: 'Download a report' }).click();
  expect((await report).suggestedFilename()).toMatch(/twice-the-rate.*the-first.*\.html$/);

  await panel.getByRole('button', { name: 'Delete twice the rate' }).click();
  await expect(rows(page)).toHaveCount(1);
  const undo = page.getByRole('button', { name: 'Undo: take twice the rate back' });
  await expect(undo).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(rows(page)).toHaveCount(2);
  await rows(page).getByRole('button', { name: 'twice the rate', exact: true }).click();
  await panel.getByRole('button', { name: 'Delete twice the rate' }).click();
  await expect(undo).toHaveCount(0, { timeout: 30_000 });
  await page.reload();
  await expect(rows(page)).toHaveCount(1, { timeout: 60_000 });

  // In a profile that has never been here.
  const context = await browser.newContext();
  const other = await context.newPage();
  await other.goto(placeAddress('Runs'));
  await expect(other.getByTestId('no-runs')).toBeVisible({ timeout: 60_000 });
  const chooser = other.waitForEvent('filechooser');
  await other.locator('button', { hasText: 'Import a run' }).click();
  await (await chooser).setFiles({ name: 'a.scfrun', mimeType: 'application/zip', buffer });
  await expect(rows(other)).toHaveCount(1, { timeout: 30_000 });
  await expect(rows(other)).toContainText('twice the rate');
  await expect(rows(other)).toContainText('Faster.');
  await expect(other.getByTestId('figures')).toContainText('3/3');
  await other.getByRole('button', { name: 'Use its head' }).click();
  await expect(other.getByTestId('head-chip').first()).toHaveText(/κ by .*twice the rate/, {
    timeout: 30_000,
  });
  await context.close();
  expect(failures).toEqual([]);
});

test('a stopped run goes on from its checkpoint, as the same run', async ({ page }) => {
  await open(page, 'epochs=900&maxValidationImages=10');
  await startRun(page);
  const step = async () => Number(await page.getByTestId('step').textContent());
  const state = page.getByTestId('run-state');
  await expect.poll(step, { timeout: 60_000 }).toBeGreaterThan(20);
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await expect(state).toHaveText('stopped', { timeout: 30_000 });
  const stopped = await step();
  await showRuns(page);
  const panel = page.getByTestId('run-panel');
  await expect(panel).toContainText(/Stopped: \d+ of 900 epochs/, { timeout: 30_000 });
  const name = (await panel.getByRole('heading').textContent())!;
  await panel.getByRole('button', { name: 'Go on' }).click();
  await expect(placeLink(page, 'Train')).toHaveAttribute('aria-current', 'page');
  await expect.poll(step, { timeout: 60_000 }).toBeGreaterThan(stopped);
  // While it is trained, the place says so and refuses what would change its files.
  await showRuns(page);
  await expect(rows(page)).toContainText('training', { timeout: 30_000 });
  await expect(rows(page)).toContainText(name);
  await expect(panel.getByRole('button', { name: /^Delete/ })).toBeDisabled();
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await expect(state).toHaveText('stopped', { timeout: 30_000 });
  await expect(rows(page)).toHaveCount(1);
  await expect(rows(page)).toContainText('stopped', { timeout: 30_000 });
});
