import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from '@playwright/test';
import sharp from 'sharp';
import { fact, openData } from './data-page';
import { section } from './places';

/** A JPEG crop of one colour. */
const encodedFace = async () =>
  new Uint8Array(
    await sharp({ create: { width: 112, height: 112, channels: 3, background: '#a08070' } })
      .jpeg()
      .toBuffer(),
  );

test('dropped files are recognised, or the supported forms are listed', async ({ page }) => {
  await openData(page);
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
  await openData(page);
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
  await openData(page);
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
