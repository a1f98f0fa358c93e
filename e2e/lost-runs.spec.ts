import { expect, test, type Page } from '@playwright/test';
import { tinyShard } from './tiny-shard';
import { openPlace, openSettings, placeAddress, startRun, unfolded } from './places';

const TINY = 'preset=demo&shards=tiny.tar&batchSize=8&checkpointEvery=5';

async function open(page: Page, epochs: number): Promise<void> {
  const body = await tinyShard({ trainedPeople: 8, heldOutPeople: 4, pictures: 5 });
  await page.route('**/tiny.tar', (route) =>
    route.fulfill({ status: 200, body, contentType: 'application/x-tar' }),
  );
  await page.goto(placeAddress('Train', `${TINY}&epochs=${epochs}`));
  await expect(page.getByTestId('backend')).toHaveText('wasm', { timeout: 60_000 });
}

async function finish(page: Page, epochs: number): Promise<void> {
  await open(page, epochs);
  await page.getByRole('button', { name: /^Start the/ }).click();
  await expect(page.getByTestId('run-state')).toHaveText('finished', { timeout: 120_000 });
}

const state = (page: Page) => page.getByTestId('run-state');
const dialog = (page: Page) => page.getByRole('dialog');

test('no key starts or ends a run outside of one, and starting another replaces none', async ({
  page,
}) => {
  await finish(page, 2);

  // Space, which scrolls the page, and → start no run, and S changes nothing.
  for (const key of ['Space', 'ArrowRight', 's']) await page.locator('body').press(key);
  await expect(state(page)).toHaveText('finished');
  await expect(dialog(page)).toHaveCount(0);

  const settings = await openSettings(page);
  await settings.getByRole('button', { name: 'Optimiser and schedule' }).click();
  const epochs = settings.getByRole('textbox', { name: /^Epochs/ });
  await epochs.fill('3');
  await epochs.press('Tab');
  await expect(page.getByText('epoch 2/2')).toBeVisible();

  // It is kept, so that there is nothing to ask.
  await startRun(page);
  await expect(page.getByText('epoch 3/3')).toBeVisible({ timeout: 60_000 });
  await expect(dialog(page)).toHaveCount(0);
  await expect(state(page)).toHaveText('finished', { timeout: 60_000 });
  await openPlace(page, 'Runs');
  await expect(page.getByTestId('run-row')).toHaveCount(2, { timeout: 30_000 });
  await expect(page.getByTestId('run-row').getByText('finished')).toHaveCount(2);
});

test('a saved run that is discarded can be taken back', async ({ page }) => {
  await finish(page, 1);
  await page.reload();
  const rows = page.getByTestId('run-row');
  await page.getByRole('button', { name: 'Discard', exact: true }).click({ timeout: 60_000 });
  await expect(page.getByText('A finished run:')).toHaveCount(0);
  await page.getByRole('button', { name: /^Undo/ }).click();
  await openPlace(page, 'Runs');
  await expect(rows).toHaveCount(1);
});

test('a run is offered again after its head was replaced', async ({ page }) => {
  await finish(page, 1);
  await openPlace(page, 'Models');
  const section = await unfolded(page, 'How pictures go in');
  await section.getByText('RGB', { exact: true }).click();
  await openPlace(page, 'Train');
  await expect(page.getByText('A finished run:')).toBeVisible({ timeout: 60_000 });
});

test('damaged files of earlier visits are set aside and reported once', async ({ page }) => {
  // From a page of this origin without the studio, which would find the files while it starts.
  await page.goto('/favicon.svg');
  await page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    for (const [folder, name, text] of [
      ['evaluation', 'evaluation.json', '{"data": "lfw'],
      ['run', 'run.safetensors', 'rubbish'],
      ['settings', 'shard-quota.json', '"much"'],
    ] as const) {
      const file = await (
        await root.getDirectoryHandle(folder, { create: true })
      ).getFileHandle(name, { create: true });
      const stream = await file.createWritable();
      await stream.write(text);
      await stream.close();
    }
  });
  await open(page, 1);
  const alerts = page.getByRole('alert').filter({ hasText: 'is damaged and was set aside' });
  for (const [place, what] of [
    ['Train', 'The saved run'],
    ['Evaluate', 'The evaluation that was kept'],
    ['Data', 'The setting of how many shards are kept'],
  ] as const) {
    await openPlace(page, place);
    await expect(alerts).toHaveCount(1, { timeout: 60_000 });
    await expect(alerts).toContainText(what);
  }
  await openPlace(page, 'Train');
  await expect(page.getByText('The studio can’t go on')).toHaveCount(0);
  await page.reload();
  await expect(page.getByTestId('backend')).toHaveText('wasm', { timeout: 60_000 });
  await expect(page.getByRole('button', { name: /^Start the/ })).toBeEnabled({ timeout: 60_000 });
  await page.waitForTimeout(1000);
  await expect(alerts).toHaveCount(0);
});
