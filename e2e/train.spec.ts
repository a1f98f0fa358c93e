import { expect, test } from '@playwright/test';

/** A short real run: enough for κ to be learnt, and short enough for CI. */
const SHORT_RUN = '?backend=wasm#preset=demo&epochs=6&checkpointEvery=5';

test('a visitor trains the demo set, compares faces, and finds the run after a reload', async ({
  page,
}) => {
  const failures: string[] = [];
  page.on('pageerror', (error) => failures.push(error.message));
  await page.goto(`/${SHORT_RUN}`);
  await expect(page.getByTestId('backend')).toHaveText('wasm', { timeout: 60_000 });
  await page.getByRole('button', { name: /^Start the/ }).click();
  await expect(page.getByText(/of 4,\d\d\d pictures/)).toBeVisible({ timeout: 30_000 });
  await expect(page.getByTestId('run-state')).toHaveText('finished', { timeout: 240_000 });
  expect(Number(await page.getByTestId('spearman').textContent())).toBeGreaterThan(0.5);
  await expect(page.getByText('Bytes held by the backend')).toBeVisible();

  // A chart that is zoomed zooms all of them, and its values are read by keys.
  const chart = (title: string) => page.getByRole('region', { name: title, exact: true });
  const whole = page.getByRole('button', { name: 'Whole run', exact: true });
  await expect(whole).toBeDisabled();
  await chart('Loss').getByRole('group').focus();
  await page.keyboard.press('+');
  await expect(whole).toBeEnabled();
  await page.keyboard.press('ArrowRight');
  await expect(chart('Loss').getByRole('status')).toHaveText(/^step \d{2,}, loss: .*unsmoothed/);
  const kappa = chart('κ, mean of the batch');
  await kappa.getByRole('group').focus();
  await page.keyboard.press('Home');
  await expect(kappa.getByRole('status')).toHaveText(/^step \d{2,}, κ: .* to /);
  const band = kappa.getByRole('button', { name: '5–95 % of the batch' });
  await band.press('Space');
  await expect(band).toHaveAttribute('aria-pressed', 'false');
  await expect(page.getByTestId('run-state')).toHaveText('finished');
  await whole.click();
  await expect(whole).toBeDisabled();

  // The run's head is there to be chosen, and doesn't take the studio's place by itself.
  const chip = page.getByTestId('head-chip');
  await expect(chip).toHaveText(/κ by (CelebA|drawn-faces) head/);
  await page.getByRole('button', { name: 'Compare with this head' }).click();
  await expect(chip).toHaveText(/κ by this run, step \d+/, { timeout: 30_000 });
  await page.getByRole('tab', { name: 'Verify' }).click();
  const faceA = page.getByRole('region', { name: 'Face A' });
  await faceA
    .getByRole('button', { name: /Person .* as face A/ })
    .first()
    .click();
  await page
    .getByRole('region', { name: 'Face B' })
    .getByRole('button', { name: /Person .* as face B/ })
    .nth(1)
    .click();
  await expect(page.getByTestId('scf-score')).toHaveText(/-?\d+\.\d\d/, { timeout: 30_000 });
  const verdict = page.getByTestId('verdict');
  await expect(verdict).toHaveAttribute('data-method', 'scf-calibrated');
  await expect(verdict).toContainText(/he same person.*pairs of two people pass/);
  await expect(page.getByTestId('kappa-a-place')).toHaveText(
    /^quality \d+ · .*the head’s validation pictures$/,
  );
  // One click away: the score of the paper.
  await page
    .getByRole('radiogroup', { name: 'Verdict by' })
    .getByText('SCF', { exact: true })
    .click();
  await expect(verdict).toHaveAttribute('data-method', 'scf');

  const before = await page.getByTestId('kappa-a').textContent();
  await faceA.getByRole('slider', { name: 'Blur, face A' }).press('End');
  await expect(page.getByTestId('kappa-a')).not.toHaveText(before!, { timeout: 30_000 });

  await page.reload();
  await page.getByRole('button', { name: 'Open', exact: true }).click({ timeout: 60_000 });
  await page.getByRole('tab', { name: 'Train' }).click();
  const file = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download the head' }).click({ timeout: 60_000 });
  expect((await file).suggestedFilename()).toMatch(/\.safetensors$/);
  expect(failures).toEqual([]);
});

test('a missing source gives an error message', async ({ page }) => {
  await page.goto('/?backend=wasm#preset=demo&shards=shards/nowhere/manifest.json');
  await expect(page.getByTestId('backend')).toBeVisible({ timeout: 60_000 });
  await page.getByRole('button', { name: /^Start the/ }).click();
  await expect(page.getByRole('alert')).toContainText('nowhere/manifest.json', { timeout: 30_000 });
});
