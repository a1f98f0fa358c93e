import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, expect, test, type BrowserContext, type Page } from '@playwright/test';
import { seededRandom } from '../src/formats/seeded-random';
import { findChromium, headlessFlags } from '../test/chromium';
import { RunWitness } from './run-witness';
import { tinyShard } from './tiny-shard';

/** Kills of each kind: `KILLS=20 npm run test:e2e -- e2e/kills.spec.ts` for as many as the project promises. */
const KILLS = Number(process.env.KILLS ?? 3);
/** A life ends this many milliseconds after its beginning, at most. */
const LONGEST_LIFE = 4000;
const EPOCHS = 30 + 40 * KILLS;
const RUN = `/?backend=wasm#preset=demo&shards=tiny.tar&epochs=${EPOCHS}&batchSize=8&checkpointEvery=50`;

const body = tinyShard({ trainedPeople: 24, heldOutPeople: 3, pictures: 5 });
const serveShard = async (context: BrowserContext) => context.route('**/tiny.tar', async (route) => route.fulfill({ status: 200, body: await body, contentType: 'application/x-tar' }));

const stateOf = (page: Page) => page.getByTestId('run-state');
const isOn = /preparing|running/;

/** Opens the studio, and begins the run or goes on with the one that lies saved. */
async function takeUp(page: Page, witness: RunWitness, origin = ''): Promise<void> {
  // To the same address with a fragment there would be no new page.
  await page.goto('about:blank');
  await page.goto(origin + RUN);
  await expect(page.getByTestId('backend')).toHaveText('wasm', { timeout: 60_000 });
  witness.begin();
  const resume = page.getByRole('button', { name: 'Resume', exact: true });
  const start = page.getByRole('button', { name: /^Start the/ });
  // The tab that died may have the run for another moment.
  await expect(page.getByText('Another tab has the run')).toHaveCount(0, { timeout: 30_000 });
  await (witness.savedStep > 0 ? resume : start.or(resume)).click();
  await expect(stateOf(page)).toHaveText(/preparing|running|finished/, { timeout: 30_000 });
}

/** What says that a file is not as it should be, or that something could not be gone on with. */
const faults = (page: Page) => page.getByRole('alert');

/** Waits for the end of the run, and holds what was told against a run that nobody disturbed. */
async function expectUndisturbed(page: Page, witness: RunWitness, undisturbed: RunWitness): Promise<void> {
  await expect(stateOf(page)).toHaveText('finished', { timeout: 240_000 });
  await expect(faults(page)).toHaveCount(0);
  await expect.poll(() => witness.losses.has(undisturbed.losses.size)).toBe(true);
  witness.expectSameAs(undisturbed);
}

async function life(page: Page, random: { next(): number }): Promise<void> {
  await expect(stateOf(page)).toHaveText(isOn, { timeout: 30_000 });
  await page.waitForTimeout(random.next() * LONGEST_LIFE);
  await expect(stateOf(page), 'the run must outlast all kills; make it longer').toHaveText(isOn);
}

test.describe.serial('a run that is killed at random moments', () => {
  test.setTimeout(1_200_000);
  const undisturbed = new RunWitness();

  test('goes its way when nobody kills it', async ({ page, context }) => {
    await serveShard(context);
    await undisturbed.join(context);
    await takeUp(page, undisturbed);
    await expect(stateOf(page)).toHaveText('finished', { timeout: 240_000 });
    await expect.poll(() => undisturbed.losses.size).toBe(EPOCHS * Math.ceil((24 * 5) / 8));
  });

  test('worker: another is started, and the run goes on by itself', async ({ page, context }) => {
    const witness = new RunWitness();
    await serveShard(context);
    await witness.join(context);
    await page.addInitScript(() => {
      const Native = Worker;
      window.Worker = class extends Native {
        constructor(...args: ConstructorParameters<typeof Native>) {
          super(...args);
          Object.assign(window, { studioWorker: this });
        }
      };
    });
    await takeUp(page, witness);
    const random = seededRandom(1, 61);
    for (let kill = 0; kill < KILLS; kill++) {
      await life(page, random);
      witness.begin();
      await page.evaluate(() => (window as unknown as { studioWorker: Worker }).studioWorker.terminate());
      const gaveUp = page.getByRole('alert').filter({ hasText: 'again and again' });
      await expect(page.getByRole('status').filter({ hasText: 'another has been started' }).or(gaveUp)).toBeVisible({ timeout: 30_000 });
      if (await gaveUp.isVisible()) await takeUp(page, witness);
      for (const close of await page.getByRole('button', { name: 'Dismiss' }).all()) await close.click();
    }
    await expectUndisturbed(page, witness, undisturbed);
  });

  test('tab: it lies saved for the next', async ({ context }) => {
    const witness = new RunWitness();
    await serveShard(context);
    await witness.join(context);
    const random = seededRandom(1, 62);
    for (let kill = 0; ; kill++) {
      const page = await context.newPage();
      await takeUp(page, witness);
      if (kill === KILLS) {
        await expectUndisturbed(page, witness, undisturbed);
        return;
      }
      await life(page, random);
      const crashed = page.waitForEvent('crash');
      void (await context.newCDPSession(page)).send('Page.crash').catch(() => undefined);
      await crashed;
      await page.close();
    }
  });

  test('browser: it lies saved for the next', async ({ baseURL }) => {
    const witness = new RunWitness();
    const profile = await mkdtemp(join(tmpdir(), 'killed-browser-'));
    const random = seededRandom(1, 63);
    try {
      for (let kill = 0; kill <= KILLS; kill++) {
        const { context, browser } = await launch(profile);
        try {
          await serveShard(context);
          await witness.join(context);
          const page = await context.newPage();
          await takeUp(page, witness, baseURL);
          if (kill === KILLS) await expectUndisturbed(page, witness, undisturbed);
          else await life(page, random);
        } finally {
          await killAll(browser);
        }
      }
    } finally {
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    }
  });
});

/** A browser of one's own, on a profile that outlives it. */
async function launch(profile: string): Promise<{ context: BrowserContext; browser: ChildProcess }> {
  const portFile = join(profile, 'DevToolsActivePort');
  await rm(portFile, { force: true });
  const browser = spawn(findChromium(), [...headlessFlags, '--remote-debugging-port=0', `--user-data-dir=${profile}`, 'about:blank'], { stdio: 'ignore', detached: true });
  await expect.poll(() => readFile(portFile, 'utf8').catch(() => ''), { timeout: 30_000 }).toMatch(/^\d+\n/);
  const [port] = (await readFile(portFile, 'utf8')).split('\n');
  const connected = await chromium.connectOverCDP(`http://127.0.0.1:${port}`);
  return { context: connected.contexts()[0]!, browser };
}

/** Kills the browser and all of its processes at once, as a power cut would. */
async function killAll(browser: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => browser.once('exit', resolve));
  process.kill(-browser.pid!, 'SIGKILL');
  await ended;
}
