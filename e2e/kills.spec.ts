import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, expect, test, type BrowserContext } from '@playwright/test';
import { seededRandom } from '../src/core/seeded-random';
import { findChromium, headlessFlags } from '../test/chromium';
import { dismissAll, KilledRun, KILLS, runForRandomTime, stateOf } from './killed-run';
import { RunRecorder } from './run-recorder';

/** The run is killed at most this many milliseconds after its start. */
const MAX_LIFE_MS = 4000;
const run = new KilledRun(
  'wasm',
  { trainedPeople: 24, heldOutPeople: 3, pictures: 5 },
  30 + 40 * KILLS,
  50,
);

test.describe.serial('a run that is killed at random times', () => {
  test.setTimeout(1_200_000);
  const undisturbed = new RunRecorder();

  test('finishes if it is not killed', async ({ page, context }) => {
    await run.prepare(context, undisturbed);
    await run.startOrResume(page, undisturbed);
    await expect(stateOf(page)).toHaveText('finished', { timeout: 240_000 });
    await expect.poll(() => undisturbed.losses.size).toBe(run.steps);
  });

  test('worker: another is started, and the run resumes by itself', async ({ page, context }) => {
    const recorder = new RunRecorder();
    await run.prepare(context, recorder);
    await page.addInitScript(() => {
      const Native = Worker;
      window.Worker = class extends Native {
        constructor(...args: ConstructorParameters<typeof Native>) {
          super(...args);
          Object.assign(window, { studioWorker: this });
        }
      };
    });
    await run.startOrResume(page, recorder);
    const random = seededRandom(1, 61);
    for (let kill = 0; kill < KILLS; kill++) {
      await runForRandomTime(page, random, MAX_LIFE_MS);
      recorder.begin();
      await page.evaluate(() =>
        (window as unknown as { studioWorker: Worker }).studioWorker.terminate(),
      );
      const gaveUp = page.getByRole('alert').filter({ hasText: 'again and again' });
      await expect(
        page.getByRole('status').filter({ hasText: 'another has been started' }).or(gaveUp),
      ).toBeVisible({ timeout: 30_000 });
      if (await gaveUp.isVisible()) await run.startOrResume(page, recorder);
      await dismissAll(page);
    }
    await run.expectUndisturbed(page, recorder, undisturbed);
  });

  test('tab: the next one resumes the saved run', async ({ context }) => {
    const recorder = new RunRecorder();
    await run.prepare(context, recorder);
    const random = seededRandom(1, 62);
    for (let kill = 0; ; kill++) {
      const page = await context.newPage();
      await run.startOrResume(page, recorder);
      if (kill === KILLS) {
        await run.expectUndisturbed(page, recorder, undisturbed);
        return;
      }
      await runForRandomTime(page, random, MAX_LIFE_MS);
      const crashed = page.waitForEvent('crash');
      void (await context.newCDPSession(page)).send('Page.crash').catch(() => undefined);
      await crashed;
      await page.close();
    }
  });

  test('browser: the next one resumes the saved run', async ({ baseURL }) => {
    const recorder = new RunRecorder();
    const profile = await mkdtemp(join(tmpdir(), 'killed-browser-'));
    const random = seededRandom(1, 63);
    try {
      for (let kill = 0; kill <= KILLS; kill++) {
        const { context, browser } = await launch(profile);
        try {
          await run.prepare(context, recorder);
          const page = await context.newPage();
          await run.startOrResume(page, recorder, baseURL);
          if (kill === KILLS) await run.expectUndisturbed(page, recorder, undisturbed);
          else await runForRandomTime(page, random, MAX_LIFE_MS);
        } finally {
          await killAll(browser);
        }
      }
    } finally {
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    }
  });
});

/** Starts a separate browser on a profile that outlives it. */
async function launch(
  profile: string,
): Promise<{ context: BrowserContext; browser: ChildProcess }> {
  const portFile = join(profile, 'DevToolsActivePort');
  await rm(portFile, { force: true });
  const browser = spawn(
    findChromium(),
    [...headlessFlags, '--remote-debugging-port=0', `--user-data-dir=${profile}`, 'about:blank'],
    { stdio: 'ignore', detached: true },
  );
  await expect
    .poll(() => readFile(portFile, 'utf8').catch(() => ''), { timeout: 30_000 })
    .toMatch(/^\d+\n/);
  const [port] = (await readFile(portFile, 'utf8')).split('\n');
  const connected = await chromium.connectOverCDP(`http://127.0.0.1:${port}`);
  return { context: connected.contexts()[0]!, browser };
}

/** Kills the browser with all of its processes, like a power cut. */
async function killAll(browser: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => browser.once('exit', resolve));
  process.kill(-browser.pid!, 'SIGKILL');
  await ended;
}
