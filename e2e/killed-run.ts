import { expect, type BrowserContext, type Page } from '@playwright/test';
import type { RunRecorder } from './run-recorder';
import { tinyShard, type ShardSize } from './tiny-shard';
import { placeAddress } from './places';

/** Kills of each kind. The project promises 20: `KILLS=20 npm run test:e2e -- kills`. */
export const KILLS = Number(process.env.KILLS ?? 2);

/** A run that is killed and resumed, each time on a freshly opened page. */
export class KilledRun {
  readonly #address: string;
  readonly #body: Promise<Buffer>;
  /** Steps of the whole run. */
  readonly steps: number;

  constructor(
    readonly backend: 'wasm' | 'webgpu',
    shard: ShardSize,
    epochs: number,
    checkpointEvery: number,
  ) {
    const batchSize = 8;
    this.#address = placeAddress(
      'Train',
      `preset=demo&shards=tiny.tar&epochs=${epochs}` +
        `&batchSize=${batchSize}&checkpointEvery=${checkpointEvery}`,
      `?backend=${backend}`,
    );
    this.#body = tinyShard(shard);
    this.steps = epochs * Math.ceil((shard.trainedPeople * shard.pictures) / batchSize);
  }

  /** Serves its shard to the context's pages, and records their runs. */
  async prepare(context: BrowserContext, recorder: RunRecorder): Promise<void> {
    await context.route('**/tiny.tar', async (route) =>
      route.fulfill({ status: 200, body: await this.#body, contentType: 'application/x-tar' }),
    );
    await recorder.join(context);
  }

  /** Opens the studio, and starts the run or resumes the saved one. */
  async startOrResume(page: Page, recorder: RunRecorder, origin = ''): Promise<void> {
    // Going to the same address with a fragment would not reload the page.
    await page.goto('about:blank');
    await page.goto(origin + this.#address);
    await expect(page.getByTestId('backend')).toHaveText(this.backend, { timeout: 60_000 });
    recorder.begin();
    // The tab that died may hold the run's lock for another moment.
    await expect(page.getByText('Another tab has the run')).toHaveCount(0, { timeout: 30_000 });
    await clickStartOrResume(page, recorder);
  }

  /** Waits for the end of the run, and compares its losses with those of an undisturbed run. */
  async expectUndisturbed(
    page: Page,
    recorder: RunRecorder,
    undisturbed: RunRecorder,
  ): Promise<void> {
    // Most of the run may still be to come: the test's own limit is what bounds it.
    await expect(stateOf(page)).toHaveText('finished', { timeout: 1_200_000 });
    // No file was unreadable, and nothing failed to resume.
    await expect(page.getByRole('alert')).toHaveCount(0);
    await expect.poll(() => recorder.losses.has(this.steps)).toBe(true);
    recorder.expectSameAs(undisturbed);
  }
}

/** The run's state, as the page shows it. */
export const stateOf = (page: Page) => page.getByTestId('run-state');

/** Clicks the button that starts the run or resumes the saved one. */
export async function clickStartOrResume(page: Page, recorder: RunRecorder): Promise<void> {
  const resume = page.getByRole('button', { name: 'Resume', exact: true });
  const start = page.getByRole('button', { name: /^Start the/ });
  await (recorder.savedStep > 0 ? resume : start.or(resume)).first().click();
  await expect(stateOf(page)).toHaveText(/preparing|running|finished/, { timeout: 30_000 });
}

/** Lets the run go on for a random time once its state is `from`. @param longest milliseconds */
export async function runForRandomTime(
  page: Page,
  random: { next(): number },
  longest: number,
  from = /preparing|running/,
): Promise<void> {
  await expect(stateOf(page)).toHaveText(from, { timeout: 300_000 });
  await page.waitForTimeout(random.next() * longest);
  await expect(stateOf(page), 'the run must outlast all kills; make it longer').toHaveText(
    /preparing|running/,
  );
}

/** Closes all messages, one after the other: each that goes moves the others up. */
export async function dismissAll(page: Page): Promise<void> {
  const dismiss = page.getByRole('button', { name: 'Dismiss' });
  while ((await dismiss.count()) > 0) await dismiss.first().click();
}
