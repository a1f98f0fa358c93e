import { readFile } from 'node:fs/promises';
import { expect, test, type Page } from '@playwright/test';
import sharp from 'sharp';
import { demoPeople } from '../test/fixtures/demo-people';
import { pairBin } from '../test/fixtures/pair-bin';

/** A photograph: the crop, larger, on a grey wall. */
const photograph = async (crop: Uint8Array) =>
  sharp({ create: { width: 320, height: 300, channels: 3, background: '#777' } })
    .composite([{ input: await sharp(crop).resize(180, 180).toBuffer(), left: 70, top: 60 }])
    .jpeg()
    .toBuffer();

async function open(page: Page): Promise<void> {
  await page.goto('/?backend=wasm&view=evaluate#preset=demo');
  await expect(page.getByTestId('backend')).toHaveText('wasm', { timeout: 60_000 });
}

const asked = (page: Page) =>
  page.getByRole('region', { name: 'Pictures whose people are known', exact: true });
const result = (page: Page) =>
  page.getByRole('region', { name: 'Methods and protocols', exact: true });
const give = (page: Page, name: string, buffer: Buffer) =>
  asked(page)
    .locator('input[type=file]')
    .setInputFiles({ name, mimeType: 'application/octet-stream', buffer });
/** Degradations are drawn once, which is faster. */
const drawOnce = (page: Page) =>
  asked(page).getByRole('textbox', { name: 'Draws of the degradations' }).fill('1');
const rows = (page: Page, protocol: string) =>
  result(page)
    .getByRole('row')
    .filter({ has: page.getByRole('cell', { name: protocol, exact: true }) });

test('a .bin set is evaluated, kept over a reload, and downloaded as a table', async ({ page }) => {
  const failures: string[] = [];
  page.on('pageerror', (error) => failures.push(error.message));
  await open(page);
  await expect(result(page)).toContainText('Nothing has been evaluated');
  const people = (await demoPeople(0.3, 2)).slice(0, 20).map(([a, b]) => [a!, b!] as const);
  const impostor = people.flatMap(([a], i) => [a, people[(i + 1) % 20]![1]]);
  const set = pairBin(
    [...people.flat(), ...impostor, people[0]![0], Uint8Array.of(1, 2, 3)],
    [...Array<boolean>(20).fill(true), ...Array<boolean>(20).fill(false), false],
  );
  await give(page, 'small.bin', Buffer.from(set));
  await expect(page.getByTestId('picked-set')).toHaveText('small.bin: a verification set.');
  await drawOnce(page);
  await asked(page).getByRole('button', { name: 'Evaluate' }).click();
  await expect(rows(page, 'clean').first()).toBeVisible({ timeout: 120_000 });
  const cosine = rows(page, 'clean').filter({
    has: page.getByRole('rowheader', { name: 'Cosine', exact: true }),
  });
  await expect(cosine).toContainText('40 of 41');
  await expect(result(page)).toContainText(
    'over pairs, as the set names nobody (1,000 resamples). ',
  );
  await expect(result(page)).toContainText('TAR@FAR 1e-1 needs 100 impostor pairs, TAR@FAR 1e-2');
  const accuracy = (await cosine.getByRole('cell').nth(2).textContent())!;
  expect(accuracy).toMatch(/^\d+\.\d\d % \[\d+\.\d\d, \d+\.\d\d\]$/);
  expect(parseFloat(accuracy)).toBeGreaterThan(85);
  await expect(rows(page, 'both degraded').first()).toBeVisible();
  await expect(result(page)).toContainText(
    'small.bin: 82 pictures, 0 without a face, 1 missing or unreadable',
  );
  await expect(result(page).getByRole('list', { name: 'Lost pictures' })).toContainText(
    'picture 81 of small.bin',
  );
  await expect(result(page).getByRole('region', { name: 'TAR against FAR' })).toBeVisible();
  const downloaded = page.waitForEvent('download');
  await result(page).getByRole('button', { name: 'Download CSV' }).click();
  const csv = await readFile((await (await downloaded).path())!, 'utf8');
  const columns = csv.split('\r\n')[0]!.split(',');
  expect(columns.slice(0, 4)).toEqual(['method', 'protocol', 'pairs', 'planned']);
  expect(columns.slice(-5)).toEqual(['AUC', 'AUC low', 'AUC high', 'AUC spread', 'AUC marks']);
  await page.reload();
  await expect(rows(page, 'clean').first()).toBeVisible({ timeout: 60_000 });
  expect(failures).toEqual([]);
});

test('a folder of photographs: faces found, pairs by a list, templates by person', async ({
  page,
}) => {
  await open(page);
  const people = (await demoPeople(0.3, 4)).slice(0, 4);
  const photos: { path: string; base64: string }[] = [];
  for (const [person, pictures] of people.entries()) {
    for (const [turn, crop] of pictures.slice(0, 4).entries())
      photos.push({
        path: `P${person}/P${person}_000${turn + 1}.jpg`,
        base64: (await photograph(crop)).toString('base64'),
      });
  }
  const genuine = [0, 1, 2, 3].map((i) => `P${i}\t1\t2`);
  const impostor = [0, 1, 2, 3].map((i) => `P${i}\t1\tP${(i + 1) % 4}\t${i === 3 ? 9 : 2}`);
  const list = `4\n${[...genuine, ...impostor].join('\n')}\n`;
  // Stands in for the folder that a person would pick: a real handle of the origin's private file
  // system.
  await page.evaluate(
    async ({ photos, list }) => {
      const root = await (
        await navigator.storage.getDirectory()
      ).getDirectoryHandle('people', { create: true });
      const write = async (folder: FileSystemDirectoryHandle, name: string, content: BlobPart) => {
        const writable = await (
          await folder.getFileHandle(name, { create: true })
        ).createWritable();
        await writable.write(new Blob([content]));
        await writable.close();
      };
      for (const { path, base64 } of photos) {
        const [person, name] = path.split('/') as [string, string];
        await write(
          await root.getDirectoryHandle(person, { create: true }),
          name,
          Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)),
        );
      }
      await write(root, 'pairs.txt', list);
      Object.assign(window, { showDirectoryPicker: async () => root });
    },
    { photos, list },
  );
  await asked(page).getByRole('button', { name: 'Pick a folder' }).click();
  await expect(page.getByTestId('picked-set')).toHaveText('“people”: 17 files, 1 list of pairs.');
  await asked(page)
    .getByRole('spinbutton', { name: 'Pictures a template' })
    .or(asked(page).getByLabel('Pictures a template'))
    .first()
    .fill('2');
  await asked(page)
    .getByRole('checkbox', { name: /^Templates of 2/ })
    .check();
  await drawOnce(page);
  await asked(page).getByRole('button', { name: 'Evaluate' }).click();
  await expect(rows(page, 'templates of 2, 1 degraded').first()).toBeVisible({ timeout: 180_000 });
  await expect(result(page)).toContainText(
    '17 pictures, 0 without a face, 1 missing or unreadable',
  );
  await expect(result(page).getByRole('list', { name: 'Lost pictures' })).toContainText(
    "P0/P0_0009.jpg isn't in people.",
  );
});

test('a long set shows its progress, and a stopped one is marked as partial', async ({ page }) => {
  await open(page);
  const [[a, b]] = (await demoPeople(0.3, 2)) as [[Uint8Array, Uint8Array]];
  await give(
    page,
    'long.bin',
    Buffer.from(
      // Only the last pair is of two people: it isn't read when the evaluation is stopped.
      pairBin(
        Array.from({ length: 2000 }, () => [a, b]).flat(),
        Array.from({ length: 2000 }, (_, i) => i < 1999),
      ),
    ),
  );
  await asked(page).getByRole('button', { name: 'Evaluate' }).click();
  await expect(
    asked(page).getByRole('progressbar', { name: 'Reading the pictures of long.bin' }),
  ).toBeVisible({ timeout: 60_000 });
  await expect(
    asked(page).getByText(/^[1-9]\d* of 4,000 pictures · .* a second · about .* left$/),
  ).toBeVisible({ timeout: 60_000 });
  await asked(page).getByRole('button', { name: 'Stop' }).click();
  await expect(page.getByTestId('evaluation-partial')).toBeVisible({ timeout: 60_000 });
  await expect(result(page)).toContainText(
    'There is no ROC curve: it needs genuine and impostor pairs.',
  );
});

test('a file that is no set is refused, and another can be evaluated', async ({ page }) => {
  await open(page);
  await give(page, 'notes.bin', Buffer.from('It is no pickle.'));
  await asked(page).getByRole('button', { name: 'Evaluate' }).click();
  await expect(page.getByRole('alert', { name: 'The evaluation' })).toContainText('notes.bin', {
    timeout: 30_000,
  });
  await expect(asked(page).getByRole('button', { name: 'Evaluate' })).toBeEnabled();
});
