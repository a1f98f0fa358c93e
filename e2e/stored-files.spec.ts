import { expect, test, type Page } from '@playwright/test';
import { dirname } from 'node:path';
import { seededRandom } from '../src/core/seeded-random';
import { oldProfile } from './old-profile';
import { readOriginFiles, writeOriginFiles } from './origin-files';
import { openPlace, placeAddress } from './places';

/** Damaged stores that are opened. `DAMAGES=200 npm run test:e2e -- stored-files` opens more. */
const DAMAGES = Number(process.env.DAMAGES ?? 10);

async function open(page: Page): Promise<void> {
  await page.goto(placeAddress('Runs', 'preset=demo'));
  await expect(page.getByTestId('backend')).toHaveText('wasm', { timeout: 60_000 });
}

const rows = (page: Page) => page.getByTestId('run-row');
const result = (page: Page) => page.getByRole('region', { name: 'Result', exact: true });

test('what the release before kept opens: its run, its head and its evaluation', async ({
  page,
}) => {
  await writeOriginFiles(page, await oldProfile());
  await open(page);
  await expect(rows(page)).toHaveCount(1, { timeout: 60_000 });
  await expect(rows(page)).toContainText('finished');
  await expect(page.getByText(/damaged|set aside/)).toHaveCount(0);
  await page.getByRole('button', { name: 'Use its head' }).click();
  await expect(page.getByTestId('head-chip').first()).not.toHaveText(/CelebA|drawn-faces/);
  await openPlace(page, 'Evaluate');
  await expect(result(page)).toContainText('small.bin');
  await result(page).getByRole('button', { name: 'All figures in one table' }).click();
  await expect(
    result(page)
      .getByRole('row')
      .filter({ has: page.getByRole('cell', { name: 'clean', exact: true }) }),
  ).toHaveCount(6);
});

test('damaged files never keep the studio from opening, and cost no sound one', async ({
  page,
}) => {
  const failures: string[] = [];
  page.on('pageerror', (error) => failures.push(error.message));
  await writeOriginFiles(page, await oldProfile());
  await open(page);
  await expect(rows(page)).toHaveCount(1, { timeout: 60_000 });
  const sound = await readOriginFiles(page);
  const paths = [...sound.keys()];
  const random = seededRandom(19, DAMAGES);
  for (let i = 0; i < DAMAGES; i++) {
    const path = paths[random.int(paths.length)]!;
    const bytes = Buffer.from(sound.get(path)!);
    const kind = random.int(3);
    if (kind === 0)
      for (let bit = 0; bit < 8; bit++) bytes[random.int(bytes.length)]! ^= 1 << random.int(8);
    const damaged = [bytes, bytes.subarray(0, random.int(bytes.length)), Buffer.from('{"a":1}')];
    const named = `${path}, ${['bits', 'cut', 'foreign'][kind]}`;
    await writeOriginFiles(page, new Map(sound).set(path, damaged[kind]!));
    await open(page);
    await expect(page.getByTestId('run-list').or(page.getByTestId('no-runs'))).toBeVisible();
    expect(failures, named).toEqual([]);
    const now = await readOriginFiles(page);
    for (const [each, before] of sound) {
      // A run's manifest says what is left of the run.
      const saysSo = each.endsWith('/manifest.json') && dirname(each) === dirname(path);
      if (each === path || saysSo || before.length === 0) continue;
      expect(now.get(each)?.equals(before), `${named}: ${each}`).toBe(true);
    }
  }
});
