import { expect, test } from '@playwright/test';
import { fact, openData } from './data-page';
import { openPlace, placeLink, section, unfolded } from './places';

test('the demo set is looked at automatically, counted, and planned', async ({ page }) => {
  const failures: string[] = [];
  page.on('pageerror', (error) => failures.push(error.message));
  await openData(page);

  await expect(fact(page, 'facts', 'Pictures')).toHaveText('4,800', { timeout: 30_000 });
  await expect(fact(page, 'facts', 'People')).toHaveText('240');
  await expect(page.getByTestId('samples').getByRole('figure')).toHaveCount(24);
  const first = page
    .getByTestId('samples')
    .getByRole('img', { name: /^Person \d+, picture / })
    .first();
  await expect
    .poll(() => first.evaluate((image: HTMLImageElement) => image.naturalWidth))
    .toBe(112);

  await page.getByRole('button', { name: 'Count everything' }).click();
  await expect(fact(page, 'survey-facts', 'Pictures')).toHaveText('4,800', { timeout: 120_000 });
  await expect(fact(page, 'survey-facts', 'People')).toHaveText('240');
  await expect(fact(page, 'survey-facts', 'Not readable')).toHaveText('0');
  await expect(page.getByTestId('used')).toHaveText('4,800 used, 0 left out.');
  await expect(page.getByTestId('survey-partial')).toHaveCount(0);
  await expect(page.getByTestId('labels')).toContainText('from 0 to 239, without a gap');
  await expect(page.getByTestId('label-fit')).toContainText('They don’t fit.');
  await page.getByRole('textbox', { name: /^Class centres made elsewhere/ }).fill('240');
  await expect(page.getByTestId('label-fit')).toContainText('They can fit.');
  // The histogram's table for screen readers covers all people.
  const people = await page
    .getByTestId('histogram')
    .getByRole('row')
    .getByRole('cell')
    .allTextContents();
  expect(people.reduce((sum, cell) => sum + Number(cell.replaceAll(',', '')), 0)).toBe(240);
  await expect(page.getByTestId('histogram').locator('svg.recharts-surface')).toBeVisible();
  await page.getByRole('group', { name: 'People by how many pictures they have' }).press('Home');
  await expect(page.getByTestId('histogram').getByRole('status')).toHaveText(
    /^pictures of a person: 1, people: \d+$/,
  );

  await page.getByRole('button', { name: 'Measure ten seconds' }).click();
  await expect(fact(page, 'plan-facts', 'Measured')).toHaveText(/^\d+\.\d pictures a second$/, {
    timeout: 120_000,
  });
  await expect(fact(page, 'plan-facts', 'Pictures a pass')).toHaveText('4,800');
  await expect(fact(page, 'plan-facts', 'A pass takes')).toHaveText(/^about .*\d+ (s|min|h)/);
  await expect(page.getByTestId('cache-words')).not.toBeEmpty();
  expect(failures).toEqual([]);
});

test('a stopped count says how much of the set it covers', async ({ page, context }) => {
  // The second shard never arrives, so the count is pending until it is stopped.
  let arrive!: () => void;
  const secondShard = new Promise<void>((resolve) => (arrive = resolve));
  await context.route('**/demo-0001.tar', () => arrive());
  await openData(page);
  await expect(fact(page, 'facts', 'Pictures')).toHaveText('4,800', { timeout: 30_000 });
  await page.getByRole('button', { name: 'Count everything' }).click();
  await expect(
    section(page, 'Everything in it').getByText(/^\d+ of 4,800 pictures · .* a second/),
  ).toBeVisible({ timeout: 60_000 });
  await secondShard;
  await section(page, 'Everything in it').getByRole('button', { name: 'Stop' }).click();
  await expect(page.getByTestId('survey-partial')).toContainText('only the first 800 records', {
    timeout: 30_000,
  });
  await expect(fact(page, 'survey-facts', 'Pictures')).toHaveText('800');
});

test('shards are cached up to a limit, read without a network, and cleared', async ({
  page,
  context,
}) => {
  await openData(page);
  await unfolded(page, 'Kept shards');
  const oneGibibyte = page.getByRole('option', { name: '1.0 GiB' });
  // On a busy machine the list may close again while the view is still loading.
  await expect(async () => {
    if (!(await oneGibibyte.isVisible()))
      await page.getByRole('textbox', { name: 'May be kept' }).click();
    await oneGibibyte.click({ timeout: 5000 });
  }).toPass({ timeout: 60_000 });
  await expect(page.getByTestId('cache-used')).toContainText('of 1.0 GiB that may be kept', {
    timeout: 30_000,
  });

  await page.getByRole('button', { name: 'Count everything' }).click();
  await expect(fact(page, 'survey-facts', 'Pictures')).toHaveText('4,800', { timeout: 120_000 });
  await expect(page.getByTestId('cache-used')).toContainText(/^6 shards, 3\d\.\d MiB/, {
    timeout: 30_000,
  });

  // Without the network, as at a talk.
  const refused = new Set<string>();
  await context.route('**/shards/demo/*.tar', (route) => {
    refused.add(route.request().url());
    return route.abort();
  });
  await page.getByRole('button', { name: 'Count again' }).click();
  await expect.poll(() => refused.size, { timeout: 60_000 }).toBe(6);
  await expect(page.getByRole('button', { name: 'Count again' })).toBeEnabled({ timeout: 60_000 });
  await expect(page.getByTestId('survey-partial')).toHaveCount(0);
  await expect(fact(page, 'survey-facts', 'Pictures')).toHaveText('4,800');
  await expect(fact(page, 'survey-facts', 'Not readable')).toHaveText('0');

  await section(page, 'Kept shards').getByRole('button', { name: 'Clear' }).click();
  await page
    .getByRole('dialog', { name: 'Clear the kept shards?' })
    .getByRole('button', { name: 'Clear them' })
    .click();
  await expect(page.getByTestId('cache-used')).toContainText(/^0 shards, 0 B/, { timeout: 30_000 });
});

test('an unreadable source is reported once, in its section', async ({ page }) => {
  await openData(page, 'preset=demo&shards=shards/nowhere/manifest.json');
  const alert = page.getByRole('alert').filter({ hasText: 'nowhere/manifest.json' });
  await expect(section(page, 'What it holds').getByRole('alert')).toContainText(
    'nowhere/manifest.json',
    { timeout: 30_000 },
  );
  await expect(alert).toHaveCount(1);
  // It stays in its place, whose link says that something stands there.
  await openPlace(page, 'Machine');
  await expect(alert).toHaveCount(0);
  await expect(placeLink(page, 'Data')).toHaveAccessibleName('Data (something failed here)');
  await openPlace(page, 'Data');
  await expect(alert).toHaveCount(1);
});
