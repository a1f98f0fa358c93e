import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import sharp from 'sharp';

/** Opens the Data view. */
async function open(page: Page, hash = 'preset=demo', search = ''): Promise<void> {
  await page.goto(`/?backend=wasm&view=data${search}#${hash}`);
  await expect(page.getByTestId('backend')).toHaveText('wasm', { timeout: 60_000 });
}

const section = (page: Page, name: string) => page.getByRole('region', { name, exact: true });
const fact = (page: Page, table: string, name: string) =>
  page
    .getByTestId(table)
    .getByRole('row')
    .filter({ has: page.getByRole('rowheader', { name, exact: true }) })
    .getByRole('cell');

/** A JPEG crop of one colour. */
const encodedFace = async () =>
  new Uint8Array(
    await sharp({ create: { width: 112, height: 112, channels: 3, background: '#a08070' } })
      .jpeg()
      .toBuffer(),
  );

test('the demo set is looked at automatically, counted, and planned', async ({ page }) => {
  const failures: string[] = [];
  page.on('pageerror', (error) => failures.push(error.message));
  await open(page);

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
  await expect(page.getByTestId('histogram').locator('canvas')).toBeAttached();
  await page.getByRole('group', { name: 'People by how many pictures they have' }).press('Home');
  await expect(page.getByTestId('histogram').getByRole('status')).toHaveText(
    /^pictures: 1, people: \d+$/,
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
  await open(page);
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
  await open(page);
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
  await open(page);
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
  await open(page, 'preset=demo&shards=https://elsewhere.example/a.tar');
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
  await open(page, 'preset=demo&epochs=1&shards=foreign/manifest.json', '&network=on');
  await expect(page.getByTestId('foreign-origins')).toContainText('https://elsewhere.example', {
    timeout: 30_000,
  });
  await page.getByRole('tab', { name: 'Train' }).click();
  await page.getByRole('button', { name: /^Start the/ }).click();
  await expect(
    page
      .getByRole('alert')
      .filter({ hasText: 'would have this machine ask https://elsewhere.example' }),
  ).toBeVisible({ timeout: 30_000 });
  expect(asked).toBe(0);
  await page.getByRole('tab', { name: 'Data' }).click();
  await page.getByRole('button', { name: 'Allow it, and look at the pictures' }).click();
  await expect(page.getByTestId('samples').getByRole('figure')).toHaveCount(24, {
    timeout: 30_000,
  });
  expect(asked).toBeGreaterThan(0);
});

test('dropped files are recognised, or the supported forms are listed', async ({ page }) => {
  await open(page);
  const input = page.getByTestId('your-files').locator('input[type="file"]');
  await input.setInputFiles({
    name: 'faces.zip',
    mimeType: 'application/zip',
    buffer: Buffer.from('PK'),
  });
  await expect(section(page, 'Where faces come from').getByRole('alert')).toContainText(
    'faces.zip is none of the forms',
  );
  await input.setInputFiles('public/shards/demo/demo-0000.tar');
  await expect(page.getByTestId('recognised')).toContainText('WebDataset: 1 tar shard.');
  await expect(page.getByTestId('samples').getByRole('figure')).toHaveCount(24, {
    timeout: 30_000,
  });
});

test('files left out of a picked folder are counted by kind and named', async ({
  page,
}, testInfo) => {
  await page.addInitScript(() => {
    // Without the picker the browser falls back to a file input, which a test can fill.
    for (const at of [window, Window.prototype] as unknown as Record<string, unknown>[])
      for (const name of ['showDirectoryPicker', 'showOpenFilePicker']) delete at[name];
  });
  const root = testInfo.outputPath('odd');
  const picture = await encodedFace();
  const files: [string, Uint8Array | string][] = [
    ...['id1', 'id2', 'id10'].flatMap((person): [string, Uint8Array][] => [
      [`faces/${person}/1.jpg`, picture],
      [`faces/${person}/2.jpg`, picture],
    ]),
    ...([
      ['docs/fig1.jpg', 'x'],
      ['old.tar', 'x'],
      ['Thumbs.db', 'x'],
      ['faces/id1/3.heic', 'x'],
      ['faces/id2/3.jpg', ''],
    ] as [string, string][]),
  ];
  for (const [path, contents] of files) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), contents);
  }
  await open(page);
  const chooser = page.waitForEvent('filechooser');
  await page
    .getByTestId('your-files')
    .locator('..')
    .getByRole('button', { name: 'Pick a folder' })
    .click();
  await (await chooser).setFiles(root);
  await expect(fact(page, 'facts', 'People')).toHaveText('3', { timeout: 30_000 });
  await expect(section(page, 'What it holds').getByTestId('source-note').first()).toHaveText(
    'People are the folders in faces/.',
  );
  await expect(section(page, 'What it holds').getByTestId('left-out')).toContainText(
    'docs/fig1.jpg',
  );
  await page.getByRole('button', { name: 'Count everything' }).click();
  await expect(page.getByTestId('used')).toHaveText(
    '6 used, 5 left out: 1 hidden file, 1 picture in a format that isn’t read, 1 file of ' +
      'another set, 1 picture outside of the people’s folders, 1 empty file.',
    { timeout: 30_000 },
  );
});

test('a train.rec without its index is indexed once, also across a reload', async ({ page }) => {
  await open(page);
  const pick = async () => {
    const buffer = await readFile('test/fixtures/recordio/insightface.rec.bin');
    await page
      .getByTestId('your-files')
      .locator('input[type="file"]')
      .setInputFiles({ name: 'train.rec', mimeType: '', buffer });
    await expect(fact(page, 'facts', 'Pictures')).toHaveText('9', { timeout: 30_000 });
    await expect(fact(page, 'facts', 'People')).toHaveText('3');
  };
  const indexes = () =>
    page.evaluate(async () => {
      const folder = await (
        await navigator.storage.getDirectory()
      ).getDirectoryHandle('indexes', { create: true });
      const kept: [string, number][] = [];
      for await (const [name, handle] of folder.entries())
        kept.push([name, (await (handle as FileSystemFileHandle).getFile()).lastModified]);
      return kept;
    });
  await pick();
  const kept = await indexes();
  expect(kept).toHaveLength(1);
  await page.reload();
  await expect(page.getByTestId('backend')).toHaveText('wasm', { timeout: 60_000 });
  await pick();
  expect(await indexes()).toEqual(kept);
});

test('an unreadable source is reported once, in its section', async ({ page }) => {
  await open(page, 'preset=demo&shards=shards/nowhere/manifest.json');
  const alert = page.getByRole('alert').filter({ hasText: 'nowhere/manifest.json' });
  await expect(section(page, 'What it holds').getByRole('alert')).toContainText(
    'nowhere/manifest.json',
    { timeout: 30_000 },
  );
  await expect(alert).toHaveCount(1);
  await page.getByRole('tab', { name: 'Machine' }).click();
  await expect(alert).toHaveCount(1);
  await expect(alert).toContainText('The data');
});
