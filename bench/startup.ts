import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { BrowserContext } from 'playwright';
import { initialScripts } from '../scripts/initial-scripts';
import { onBuiltPage } from './built-page';
import { listenToRuns } from './run-events';
import { placeAddress, placeLink } from '../e2e/places';

/** How soon the built page can be used, on a first visit and on a second. */
export default async function startup(): Promise<Record<string, unknown>> {
  return onBuiltPage([], async ({ address, folder, context, visitAgain }) => {
    const scripts = await initialScripts(folder);
    const bytes = await Promise.all(
      scripts.map(async (name) => gzipSync(await readFile(join(folder, name))).length),
    );
    const first = await visit(context, address);
    const second = await visit(await visitAgain(), address);
    return {
      initialScriptBytes: bytes.reduce((sum, size) => sum + size, 0),
      initialScripts: scripts.length,
      first,
      second,
    };
  });
}

/**
 * Milliseconds from the navigation on to the shell, the backend and the first step of the demo run,
 * whose click comes as soon as it can.
 */
async function visit(context: BrowserContext, address: string): Promise<Record<string, number>> {
  let stepped: (at: number) => void = () => undefined;
  const firstStep = new Promise<number>((resolve) => (stepped = resolve));
  await listenToRuns(context, ({ at, event }) => {
    if (event.type === 'steps') stepped(at);
  });
  const page = await context.newPage();
  const now = () => page.evaluate(() => performance.now());
  await page.goto(new URL(placeAddress('Train'), address).href, { waitUntil: 'commit' });
  await placeLink(page, 'Compare').waitFor();
  const shell = await now();
  await page.getByTestId('backend').waitFor();
  const backend = await now();
  await page.getByRole('button', { name: /^Start the/ }).click({ timeout: 60_000 });
  const clicked = await now();
  const step = await firstStep;
  return {
    shellMilliseconds: shell,
    backendMilliseconds: backend,
    firstStepMilliseconds: step,
    clickToFirstStepMilliseconds: step - clicked,
  };
}
