import { expect, type BrowserContext, type Page } from '@playwright/test';
import type { RunRecorder } from './run-recorder';
import { tinyShard, type ShardSize } from './tiny-shard';

/** Kills of each kind: `KILLS=20 npm run test:e2e -- kills` for as many as the project promises. */
export const KILLS = Number(process.env.KILLS ?? 2);

/** A run that is to be killed: whoever takes it up opens the page anew. */
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
    this.#address = `/?backend=${backend}#preset=demo&shards=tiny.tar&epochs=${epochs}&batchSize=${batchSize}&checkpointEvery=${checkpointEvery}`;
    this.#body = tinyShard(shard);
    this.steps = epochs * Math.ceil((shard.trainedPeople * shard.pictures) / batchSize);
  }

  /** Serves its shard to the context's pages, and lets the witness hear them. */
  async prepare(context: BrowserContext, witness: RunRecorder): Promise<void> {
    await context.route('**/tiny.tar', async (route) =>
      route.fulfill({ status: 200, body: await this.#body, contentType: 'application/x-tar' }),
    );
    await witness.join(context);
  }

  /** Opens the studio, and begins the run or goes on with the one that lies saved. */
  async startOrResume(page: Page, witness: RunRecorder, origin = ''): Promise<void> {
    // To the same address with a fragment there would be no new page.
    await page.goto('about:blank');
    await page.goto(origin + this.#address);
    await expect(page.getByTestId('backend')).toHaveText(this.backend, { timeout: 60_000 });
    witness.begin();
    // The tab that died may have the run for another moment.
    await expect(page.getByText('Another tab has the run')).toHaveCount(0, { timeout: 30_000 });
    await goOn(page, witness);
  }

  /** Waits for the end of the run, and holds what was told against a run that nobody disturbed. */
  async expectUndisturbed(
    page: Page,
    witness: RunRecorder,
    undisturbed: RunRecorder,
  ): Promise<void> {
    await expect(stateOf(page)).toHaveText('finished', { timeout: 240_000 });
    // No file that can't be read, nothing that could not be gone on with.
    await expect(page.getByRole('alert')).toHaveCount(0);
    await expect.poll(() => witness.losses.has(this.steps)).toBe(true);
    witness.expectSameAs(undisturbed);
  }
}

/** The run's state, as the page shows it. */
export const stateOf = (page: Page) => page.getByTestId('run-state');

/** Clicks what begins a run or goes on with the saved one. */
export async function goOn(page: Page, witness: RunRecorder): Promise<void> {
  const resume = page.getByRole('button', { name: 'Resume', exact: true });
  const start = page.getByRole('button', { name: /^Start the/ });
  await (witness.savedStep > 0 ? resume : start.or(resume)).first().click();
  await expect(stateOf(page)).toHaveText(/preparing|running|finished/, { timeout: 30_000 });
}

/** Lets the run live for a random while once its state is `from`. */
export async function live(
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
