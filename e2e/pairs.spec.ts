import { readFile } from 'node:fs/promises';
import { expect, test, type Page } from '@playwright/test';
import { unpackTar } from 'modern-tar';
import { pairBin } from '../test/fixtures/pair-bin';

const PAIRS = 20;

/** Clear pictures of the demo set, two a person. */
async function clearPictures(): Promise<(readonly [Uint8Array, Uint8Array])[]> {
  const members = await unpackTar(new Uint8Array(await readFile('public/shards/demo/demo-0000.tar')));
  const bytesOf = new Map(members.map(({ header, data }) => [header.name, data!]));
  const people = new Map<string, Uint8Array[]>();
  for (const [name, data] of bytesOf) {
    if (!name.endsWith('.json')) continue;
    const { degradation } = JSON.parse(new TextDecoder().decode(data)) as { degradation: Record<string, number> };
    if (Object.values(degradation).some((level) => level > 0.3)) continue;
    const label = name.slice(0, 5);
    people.set(label, [...(people.get(label) ?? []), bytesOf.get(name.replace('.json', '.jpg'))!]);
  }
  return [...people.values()].filter((pictures) => pictures.length > 1).map(([a, b]) => [a!, b!] as const);
}

/** Twenty pairs of one person, twenty of two, and one with a picture that is none. */
async function smallSet(): Promise<Buffer> {
  const people = (await clearPictures()).slice(0, PAIRS);
  expect(people).toHaveLength(PAIRS);
  const genuine = people.flat();
  const impostor = people.flatMap(([a], i) => [a, people[(i + 1) % PAIRS]![1]]);
  const broken = [people[0]![0], Uint8Array.of(1, 2, 3)];
  return Buffer.from(pairBin([...genuine, ...impostor, ...broken], [...Array<boolean>(PAIRS).fill(true), ...Array<boolean>(PAIRS).fill(false), false]));
}

async function open(page: Page): Promise<void> {
  await page.goto('/?backend=wasm&view=verify#preset=demo');
  await expect(page.getByTestId('backend')).toHaveText('wasm', { timeout: 60_000 });
}

const card = (page: Page) => page.getByRole('region', { name: 'A verification set', exact: true });
const give = (page: Page, name: string, buffer: Buffer) => card(page).locator('input[type=file]').setInputFiles({ name, mimeType: 'application/octet-stream', buffer });
const figure = (page: Page, name: string) =>
  card(page)
    .getByRole('row')
    .filter({ has: page.getByRole('rowheader', { name, exact: true }) })
    .getByRole('cell');

test('a verification set is scored by cosine, with what its pairs can’t measure said so', async ({ page }) => {
  const failures: string[] = [];
  page.on('pageerror', (error) => failures.push(error.message));
  await open(page);
  await expect(card(page)).toContainText('No set has been scored');
  await give(page, 'small.bin', await smallSet());
  await expect(figure(page, 'AUC')).toHaveText(/^[01]\.\d{4}$/, { timeout: 120_000 });
  expect(Number(await figure(page, 'AUC').textContent())).toBeGreaterThan(0.9);
  await expect(figure(page, 'TAR at FAR 0.1')).toHaveText(/^\d+\.\d\d % at /);
  await expect(figure(page, 'TAR at FAR 0.001')).toHaveText('not measurable: 20 impostor pairs, 1,000 needed');
  await expect(card(page).getByRole('table', { name: 'small.bin: 41 pairs, 40 scored (20 genuine, 20 impostor), 1 skipped' })).toBeVisible();
  await expect(card(page).getByRole('list', { name: 'Skipped pairs' })).toContainText('pair 40: The picture');
  await expect(card(page)).toContainText('Cosine alone');
  expect(failures).toEqual([]);
});

test('a long set says how far it is, and a stopped one how far it came', async ({ page }) => {
  await open(page);
  const [[a, b]] = (await clearPictures()) as [readonly [Uint8Array, Uint8Array]];
  const pairs = 2000;
  await give(page, 'long.bin', Buffer.from(pairBin(Array.from({ length: pairs }, () => [a, b]).flat(), Array<boolean>(pairs).fill(true))));
  await expect(card(page).getByRole('progressbar', { name: 'Scoring the pairs of long.bin' })).toBeVisible({ timeout: 60_000 });
  await expect(card(page).getByText(/^[1-9]\d* of 2,000 pairs · .* a second · about .* left$/)).toBeVisible({ timeout: 60_000 });
  await card(page).getByRole('button', { name: 'Stop' }).click();
  await expect(card(page).getByTestId('pairs-partial')).toBeVisible({ timeout: 30_000 });
  await expect(card(page).getByRole('table', { name: /^long\.bin, stopped: this covers only the first \d+ of 2,000 pairs/ })).toBeVisible();
  await expect(figure(page, 'AUC')).toHaveText('not measurable: pairs of both kinds are needed');
});

test('what is no set is refused with a sentence, and the next one is taken', async ({ page }) => {
  await open(page);
  await give(page, 'notes.bin', Buffer.from('It is no pickle.'));
  await expect(page.getByRole('alert', { name: 'The comparison' })).toContainText('notes.bin', { timeout: 30_000 });
  await expect(card(page)).toContainText('notes.bin has no figures');
  await expect(card(page).getByRole('button', { name: 'Choose a .bin file' })).toBeEnabled();
  await give(page, 'small.bin', await smallSet());
  await expect(figure(page, 'AUC')).toBeVisible({ timeout: 120_000 });
  await expect(card(page)).not.toContainText('has no figures');
});
