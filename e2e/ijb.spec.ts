import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { makeIjb } from '../src/cli/commands/evaluate/make-ijb';
import { placeAddress } from './places';

/** Pictures of the made release. */
const PICTURES = 64;

/** The files of a small release, by their paths. */
async function madeRelease(): Promise<{ path: string; base64: string }[]> {
  const folder = await mkdtemp(join(tmpdir(), 'ijb-'));
  try {
    await makeIjb(folder, 'ijbc');
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return await Promise.all(
      entries
        .filter((entry) => entry.isFile())
        .map(async ({ parentPath, name }) => {
          const path = join(parentPath, name);
          const base64 = (await readFile(path)).toString('base64');
          return { path: path.slice(folder.length + 1), base64 };
        }),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

/**
 * Puts files in a folder of the origin's private file system, and stands it in for the folder that
 * a person would pick: a real handle.
 */
async function putFolder(page: Page, files: readonly { path: string; base64: string }[]) {
  await page.evaluate(async (files) => {
    const root = await navigator.storage.getDirectory();
    for (const { path, base64 } of files) {
      const parts = ['IJBC', ...path.split('/')];
      const name = parts.pop()!;
      let folder = root;
      for (const part of parts) folder = await folder.getDirectoryHandle(part, { create: true });
      const writable = await (await folder.getFileHandle(name, { create: true })).createWritable();
      await writable.write(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
      await writable.close();
    }
  }, files);
}

const open = async (page: Page) => {
  await page.goto(placeAddress('Evaluate', 'preset=demo'));
  await expect(page.getByTestId('backend')).toHaveText('wasm', { timeout: 60_000 });
};
const section = (page: Page) => page.getByTestId('evaluation-ijb');
const pick = (page: Page) =>
  section(page).getByRole('button', { name: 'Pick the release’s folder' }).click();

test.beforeEach(async ({ page }) => {
  await page.addInitScript(() => {
    Object.assign(window, {
      showDirectoryPicker: async () =>
        (await navigator.storage.getDirectory()).getDirectoryHandle('IJBC'),
    });
  });
});

test('a release is described, timed, paused, gone on with after a reload, and its readings deleted', async ({
  page,
}) => {
  test.setTimeout(300_000);
  const files = await madeRelease();
  await open(page);
  await putFolder(
    page,
    files.filter(({ path }) => path !== 'loose_crop/7.jpg'),
  );
  await pick(page);
  await expect(section(page)).toContainText(
    'IJB-C: 64 pictures in 16 templates, and 120 pairs of templates.',
    { timeout: 60_000 },
  );
  await expect(section(page)).toContainText('1 of its pictures is missing (7.jpg), and will be');
  await expect(page.getByTestId('ijb-time')).toHaveText(
    /^(About .* on this machine, give or take|Less than a second)/,
    { timeout: 60_000 },
  );
  await expect(page.getByTestId('ijb-room')).toHaveText(
    /^It keeps .*iB on this disk.* are free\.$/,
  );
  await section(page).getByRole('button', { name: 'Start', exact: true }).click();
  // Half way: some have been read, and most have not.
  await expect(section(page).getByText(/^(1[6-9]|[23]\d) of 64 pictures · /)).toBeVisible({
    timeout: 60_000,
  });
  await section(page).getByRole('button', { name: 'Pause' }).click();
  await expect(section(page).getByRole('button', { name: 'Go on' })).toBeVisible({
    timeout: 60_000,
  });
  const sentence = /(\d+) of its pictures are read already\./;
  const text = (await section(page).textContent())!;
  const read = Number(sentence.exec(text)![1]);
  expect(read).toBeGreaterThanOrEqual(16);
  expect(read).toBeLessThan(PICTURES);

  await page.reload();
  await expect(section(page)).toContainText(`IJB-C: ${read} of 64 pictures read`, {
    timeout: 60_000,
  });
  await pick(page);
  await expect(section(page)).toContainText(`${read} of its pictures are read already.`, {
    timeout: 60_000,
  });
  await expect(page.getByTestId('ijb-time')).toBeVisible({ timeout: 60_000 });
  await section(page).getByRole('button', { name: 'Go on' }).click();
  const result = page.getByTestId('ijb-result');
  await expect(result).toContainText(
    'IJBC: 64 pictures, 16 templates, 120 pairs; 1 picture lost.',
    { timeout: 120_000 },
  );
  const cosine = result.getByRole('row', { name: /^Cosine/ });
  // Sixteen drawn templates are told apart without an error, or nearly so.
  await expect(cosine.getByRole('cell').first()).toHaveText(
    /^(100\.00 %†no error found|\d+\.\d\d %†\d+\.\d\d – \d+\.\d\d)$/,
  );
  await expect(result).toContainText("7.jpg isn't in the folder.");

  // The result stays, and so do the readings until they are deleted.
  await page.reload();
  await expect(result).toContainText('64 pictures, 16 templates', { timeout: 60_000 });
  await section(page)
    .getByRole('button', { name: /^Delete: IJB-C: all 64 pictures read/ })
    .click();
  await expect(section(page)).not.toContainText('Kept on this disk');
});

test('a folder that is no release is refused where it was picked, and another can be', async ({
  page,
}) => {
  await open(page);
  await putFolder(page, [{ path: 'IJBB/notes.txt', base64: '' }]);
  await pick(page);
  await expect(section(page).getByRole('alert')).toContainText(
    "IJBC has no folder meta, which holds a release's three lists. It holds IJBB.",
    { timeout: 30_000 },
  );
  await putFolder(page, await madeRelease());
  await pick(page);
  await expect(section(page).getByRole('alert')).toHaveCount(0);
  await expect(section(page)).toContainText('64 pictures in 16 templates', { timeout: 60_000 });
});
