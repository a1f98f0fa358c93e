import { expect, test, type Page } from '@playwright/test';
import { tinyShard } from './tiny-shard';

const TINY = '/?backend=wasm#preset=demo&shards=tiny.tar&batchSize=8&checkpointEvery=5';

async function open(page: Page, epochs: number): Promise<void> {
  const body = await tinyShard({ trainedPeople: 8, heldOutPeople: 4, pictures: 5 });
  await page.route('**/tiny.tar', (route) =>
    route.fulfill({ status: 200, body, contentType: 'application/x-tar' }),
  );
  await page.goto(`${TINY}&epochs=${epochs}`);
  await expect(page.getByTestId('backend')).toHaveText('wasm', { timeout: 60_000 });
}

async function finish(page: Page, epochs: number): Promise<void> {
  await open(page, epochs);
  await page.getByRole('button', { name: /^Start the/ }).click();
  await expect(page.getByTestId('run-state')).toHaveText('finished', { timeout: 120_000 });
}

const state = (page: Page) => page.getByTestId('run-state');
const question = (page: Page) => page.getByRole('dialog');

test('a finished run is asked about before another takes its place, can be downloaded first, and keeps its own settings', async ({
  page,
}) => {
  await finish(page, 2);
  const step = (await page.getByTestId('step').textContent())!;

  // The key that scrolls a page begins nothing.
  await page.locator('body').press('Space');
  await page.locator('body').press('s');
  await expect(state(page)).toHaveText('finished');
  await expect(question(page)).toHaveCount(0);

  await page.getByRole('button', { name: 'Optimiser and schedule' }).click();
  await page
    .getByRole('textbox', { name: /^Epochs/ })
    .first()
    .fill('3');
  await page
    .getByRole('textbox', { name: /^Epochs/ })
    .first()
    .press('Tab');
  await expect(page.getByText('epoch 2/2')).toBeVisible();

  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await expect(question(page)).toContainText(
    `The run on show: finished, ${step} steps, Spearman’s ρ`,
  );
  const files = page.waitForEvent('download');
  await question(page).getByRole('button', { name: 'Download the head' }).click();
  expect((await files).suggestedFilename()).toMatch(/\.safetensors$/);
  await page.keyboard.press('Escape');
  await expect(question(page)).toHaveCount(0);
  await expect(state(page)).toHaveText('finished');
  await expect(page.getByTestId('spearman')).toHaveText(/\d/);

  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await question(page).getByRole('button', { name: 'Start anew' }).click();
  await expect(page.getByText('epoch 3/3')).toBeVisible({ timeout: 60_000 });
  await expect(state(page)).toHaveText('finished', { timeout: 60_000 });
});

test('a saved run is discarded once that has been agreed to, and is there as a file before', async ({
  page,
}) => {
  await finish(page, 1);
  await page.reload();
  await page.getByRole('button', { name: 'Discard', exact: true }).click({ timeout: 60_000 });
  await expect(question(page)).toContainText('The saved run: finished');
  const files = page.waitForEvent('download');
  await question(page).getByRole('button', { name: 'Download the saved run' }).click();
  expect((await files).suggestedFilename()).toMatch(/^run-.*\.safetensors$/);
  await question(page).getByRole('button', { name: 'Keep it' }).click();
  await expect(page.getByText('A finished run:')).toBeVisible();
  await page.getByRole('button', { name: 'Discard', exact: true }).click();
  await question(page).getByRole('button', { name: 'Discard it' }).click();
  await expect(page.getByText('A finished run:')).toHaveCount(0);
});

test('a run whose head another takes the place of is offered again', async ({ page }) => {
  await finish(page, 1);
  await page.getByRole('tab', { name: 'Models' }).click();
  const section = page.getByRole('region', { name: 'Backbone', exact: true });
  await section.getByText('RGB', { exact: true }).click();
  await expect(page.getByText('A finished run:')).toBeVisible({ timeout: 60_000 });
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await expect(question(page)).toContainText('The saved run: finished');
});

test('damaged files of earlier visits are set aside, each said once, and the studio starts', async ({
  page,
}) => {
  // From a page of this origin without a studio: one that still starts would find them itself.
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
  await expect(alerts).toHaveCount(3, { timeout: 60_000 });
  for (const what of [
    'The saved run',
    'The evaluation that was kept',
    'The setting of how many shards are kept',
  ])
    await expect(alerts.filter({ hasText: what })).toHaveCount(1);
  await expect(page.getByText('The studio can’t go on')).toHaveCount(0);
  await page.reload();
  await expect(page.getByTestId('backend')).toHaveText('wasm', { timeout: 60_000 });
  await expect(page.getByRole('button', { name: /^Start the/ })).toBeEnabled({ timeout: 60_000 });
  await page.waitForTimeout(1000);
  await expect(alerts).toHaveCount(0);
});
