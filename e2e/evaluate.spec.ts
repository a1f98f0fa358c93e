import { readFile } from 'node:fs/promises';
import { expect, test, type Page } from '@playwright/test';
import sharp from 'sharp';
import { demoPeople } from '../test/fixtures/demo-people';
import { pairBin } from '../test/fixtures/pair-bin';
import { placeAddress } from './places';

const seconds = (startedAt: number) => Math.round((Date.now() - startedAt) / 1000);

/** A photograph: the crop, larger, on a grey wall. */
const photograph = async (crop: Uint8Array) =>
  sharp({ create: { width: 320, height: 300, channels: 3, background: '#777' } })
    .composite([{ input: await sharp(crop).resize(180, 180).toBuffer(), left: 70, top: 60 }])
    .jpeg()
    .toBuffer();

async function open(page: Page): Promise<void> {
  await page.goto(placeAddress('Evaluate', 'preset=demo'));
  await expect(page.getByTestId('backend')).toHaveText('wasm', { timeout: 60_000 });
}

const demo = (page: Page) =>
  page.getByRole('region', { name: 'On faces that no head has seen', exact: true });
const asked = (page: Page) =>
  page.getByRole('region', { name: 'On your own pictures', exact: true });
const result = (page: Page) => page.getByRole('region', { name: 'Result', exact: true });
const heat = (page: Page) => result(page).getByRole('table', { name: /methods and protocols$/ });
const give = (page: Page, name: string, buffer: Buffer) =>
  asked(page)
    .locator('input[type=file]')
    .setInputFiles({ name, mimeType: 'application/octet-stream', buffer });
/** Degradations are drawn once, which is faster. */
const drawOnce = async (page: Page) => {
  await asked(page).getByRole('button', { name: 'Advanced' }).click();
  await asked(page).getByRole('textbox', { name: 'Draws of the degradations' }).fill('1');
};
/** Opens the table of all figures, and gives its rows of a protocol. */
const rows = async (page: Page, protocol: string) => {
  const fold = result(page).getByRole('button', { name: 'All figures in one table' });
  if ((await fold.getAttribute('aria-expanded')) === 'false') await fold.click();
  return result(page)
    .getByRole('row')
    .filter({ has: page.getByRole('cell', { name: protocol, exact: true }) });
};

test('the demo’s held-out pairs are evaluated by one button within a minute, and kept', async ({
  page,
}) => {
  await open(page);
  await expect(result(page)).toContainText('Nothing has been evaluated yet');
  // Measured on this machine, before anything is begun.
  await expect(page.getByTestId('demo-time')).toHaveText(
    /^About [\d smin]+ on this machine: up to 800 readings of 50 of its 240 people\.$/,
    { timeout: 60_000 },
  );
  const startedAt = Date.now();
  await demo(page).getByRole('button', { name: 'Try it on the demo’s held-out pairs' }).click();
  await expect(
    demo(page).getByText(/^[1-9]\d* of \d+ pictures · .* a second · about .* left$/),
  ).toBeVisible({ timeout: 60_000 });
  await expect(heat(page).getByRole('rowheader', { name: /^SCF, calibrated/ })).toBeVisible({
    timeout: 240_000,
  });
  test.info().annotations.push({ type: 'seconds', description: String(seconds(startedAt)) });
  await expect(heat(page).getByRole('columnheader')).toHaveText([
    /^Clean/,
    /^One degraded/,
    /^Both degraded/,
    /^Templates of 2, 1 degraded/,
  ]);
  await expect(result(page).getByRole('list', { name: 'About these pairs' })).toContainText(
    '50 of the 240 drawn people of the demo set, held out by seed 777 when the head of SCF learnt',
  );
  await expect(page.getByTestId('not-measured')).toHaveText(
    /^TAR at FAR 0\.1 % and below can’t be measured with 3,628 to [\d,]+ impostor pairs: /,
  );
  // On pairs of which both are degraded, SCF is better than cosine by more than chance.
  const best = heat(page).getByRole('cell', { name: /highest of its column/ });
  await expect(best.first()).toBeVisible();
  await result(page).getByText('Accuracy', { exact: true }).click();
  await expect(heat(page)).toHaveAccessibleName('Accuracy: methods and protocols');
  await page.reload();
  await expect(heat(page).getByRole('rowheader', { name: /^PFE-v/ })).toBeVisible({
    timeout: 60_000,
  });
});

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
  await expect(heat(page)).toBeVisible({ timeout: 120_000 });
  const cosine = (await rows(page, 'clean')).filter({
    has: page.getByRole('rowheader', { name: 'Cosine', exact: true }),
  });
  await expect(cosine).toContainText('40 of 41');
  await result(page).getByRole('button', { name: 'How to read the figures' }).click();
  await expect(result(page)).toContainText(
    'over pairs, as the set names nobody (1,000 resamples). ',
  );
  await expect(page.getByTestId('not-measured')).toHaveText(
    'TAR at FAR 10 % and below can’t be measured with 20 impostor pairs: 10 % needs 100.',
  );
  const accuracy = (await cosine.getByRole('cell').nth(2).textContent())!;
  expect(accuracy).toMatch(/^\d+\.\d\d % \[\d+\.\d\d, \d+\.\d\d\]$/);
  expect(parseFloat(accuracy)).toBeGreaterThan(85);
  await expect((await rows(page, 'both degraded')).first()).toBeVisible();
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
  await expect(heat(page)).toBeVisible({ timeout: 60_000 });
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
  await drawOnce(page);
  await asked(page).getByRole('textbox', { name: 'Pictures a template' }).fill('2');
  await asked(page)
    .getByRole('checkbox', { name: /^Templates of 2/ })
    .check();
  await asked(page).getByRole('button', { name: 'Evaluate' }).click();
  await expect(heat(page).getByRole('columnheader', { name: /^Templates of 2, 1/ })).toBeVisible({
    timeout: 180_000,
  });
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

test('a file that is no set is refused where it failed, and another can be evaluated', async ({
  page,
}) => {
  await open(page);
  await give(page, 'notes.docx', Buffer.from('No pictures.'));
  await expect(asked(page).getByRole('alert')).toContainText('holds no pictures and no pairs');
  await give(page, 'notes.bin', Buffer.from('It is no pickle.'));
  await asked(page).getByRole('button', { name: 'Evaluate' }).click();
  await expect(asked(page).getByRole('alert')).toHaveCount(1);
  await expect(asked(page).getByRole('alert')).toContainText('notes.bin', { timeout: 30_000 });
  await expect(asked(page).getByRole('button', { name: 'Evaluate' })).toBeEnabled();
});
