import { expect, test } from '@playwright/test';
import { fact, openData } from './data-page';
import { openPlace } from './places';

test('nothing is fetched from another machine before a person allows it', async ({
  page,
  context,
}) => {
  const asked: string[] = [];
  await context.route('https://huggingface.co/**', (route) => {
    asked.push(new URL(route.request().url()).pathname.split('/').pop()!);
    return route.fulfill({
      path: 'public/shards/demo/demo-0000.tar',
      headers: { 'access-control-allow-origin': '*' },
    });
  });
  await openData(page);
  const choose = page.getByRole('button', { name: 'Choose MS1MV3 mirror' });
  const dialog = page.getByRole('dialog', { name: 'Fetch from another machine?' });
  await choose.click();
  await expect(dialog.getByTestId('origins')).toHaveText('https://huggingface.co');
  await dialog.getByRole('button', { name: 'Don’t' }).click();
  await expect(page.getByRole('textbox', { name: 'Or an address' })).toHaveValue(
    'shards/demo/manifest.json',
  );

  await choose.click();
  await expect(dialog).toContainText('This page is sealed');
  await expect(page.getByTestId('reach').first()).toContainText('no other machine');
  await dialog.getByRole('button', { name: 'Allow it' }).click();
  // The page reloads without its seal, with the chosen source.
  await expect(page).toHaveURL(/network=on.*centres=growing/);
  await expect(page.getByTestId('backend')).toHaveText('wasm', { timeout: 60_000 });
  await expect(page.getByTestId('reach').first()).toContainText(
    'This page may reach other machines',
  );
  await expect(page.getByRole('textbox', { name: 'Or an address' })).toHaveValue(
    /ms1mv3-\{0000\.\.0099\}\.tar$/,
  );
  // Longer than the delay before a source on this machine is looked at automatically.
  await page.waitForTimeout(1500);
  expect(asked).toEqual([]);

  await page.getByRole('button', { name: 'Look', exact: true }).click();
  await dialog.getByRole('button', { name: 'Allow it' }).click();
  await expect(page.getByTestId('samples').getByRole('figure')).toHaveCount(24, {
    timeout: 60_000,
  });
  await expect(fact(page, 'facts', 'Shards')).toHaveText('100');
  await expect(fact(page, 'facts', 'Pictures')).toHaveText('unknown');
  expect(asked[0]).toBe('ms1mv3-0000.tar');
});

test('nothing is fetched from a typed address before its origin was shown', async ({
  page,
  context,
}) => {
  let asked = 0;
  await context.route('https://elsewhere.example/**', (route) => {
    asked++;
    return route.abort();
  });
  await openData(page, 'preset=demo&shards=https://elsewhere.example/a.tar');
  await page.waitForTimeout(1500);
  expect(asked).toBe(0);
  await page.getByRole('button', { name: 'Look', exact: true }).click();
  await expect(page.getByRole('dialog').getByTestId('origins')).toHaveText(
    'https://elsewhere.example',
  );
  expect(asked).toBe(0);
});

test('a manifest with shards on another machine needs consent before a run', async ({
  page,
  context,
}) => {
  let asked = 0;
  await context.route('https://elsewhere.example/**', (route) => {
    asked++;
    return route.fulfill({
      path: 'public/shards/demo/demo-0000.tar',
      headers: { 'access-control-allow-origin': '*' },
    });
  });
  await context.route('**/foreign/manifest.json', (route) =>
    route.fulfill({ json: { shards: ['https://elsewhere.example/a.tar'] } }),
  );
  await openData(page, 'preset=demo&epochs=1&shards=foreign/manifest.json', '&network=on');
  await expect(page.getByTestId('foreign-origins')).toContainText('https://elsewhere.example', {
    timeout: 30_000,
  });
  await openPlace(page, 'Train');
  await page.getByRole('button', { name: /^Start the/ }).click();
  await expect(
    page
      .getByRole('alert')
      .filter({ hasText: 'would have this machine ask https://elsewhere.example' }),
  ).toBeVisible({ timeout: 30_000 });
  expect(asked).toBe(0);
  await openPlace(page, 'Data');
  await page.getByRole('button', { name: 'Allow it, and look at the pictures' }).click();
  await expect(page.getByTestId('samples').getByRole('figure')).toHaveCount(24, {
    timeout: 30_000,
  });
  expect(asked).toBeGreaterThan(0);
});
