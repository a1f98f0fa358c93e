import { expect, test } from '@playwright/test';
import { seededRandom } from '../src/core/seeded-random';
import { hurtGpu, makeGpuVulnerable } from './gpu-faults';
import { goOn, KILLS, KilledRun, live, stateOf } from './killed-run';
import { RunRecorder } from './run-recorder';

/** A life ends this many milliseconds after its beginning, at most. */
const MAX_LIFE = 5000;
/** Few enough pictures for one pass of the backbone, which takes most of a minute in software. */
const run = new KilledRun(
  'webgpu',
  { trainedPeople: 5, heldOutPeople: 1, pictures: 4 },
  40 + 45 * KILLS,
  10,
);

test.describe.serial('a run whose device is lost at random moments', () => {
  test.setTimeout(1_800_000);
  const undisturbed = new RunRecorder();

  test('goes its way when it is not', async ({ page, context }) => {
    await run.prepare(context, undisturbed);
    await run.startOrResume(page, undisturbed);
    await expect(stateOf(page)).toHaveText('finished', { timeout: 900_000 });
    await expect.poll(() => undisturbed.losses.size).toBe(run.steps);
  });

  test('goes on by itself on a fresh one, to the same losses', async ({ page, context }) => {
    const witness = new RunRecorder();
    await run.prepare(context, witness);
    await makeGpuVulnerable(context);
    await run.startOrResume(page, witness);
    const random = seededRandom(1, 64);
    for (let kill = 0; kill < KILLS; kill++) {
      // The first in the pass through the backbone, the others among steps.
      await live(page, random, MAX_LIFE, kill === 0 ? /preparing/ : /running/);
      witness.begin();
      await hurtGpu(page, 'lose');
      const mended = page
        .getByRole('status')
        .filter({ hasText: 'goes on by itself on a fresh device' });
      const ended = page.getByRole('alert').filter({ hasText: 'The GPU was lost' });
      // A software GPU first computes what it was given: 24 pictures through the backbone.
      await expect(mended.or(ended)).toBeVisible({ timeout: 240_000 });
      const wasEnded = await ended.isVisible();
      for (const close of await page.getByRole('button', { name: 'Dismiss' }).all())
        await close.click();
      if (wasEnded) await goOn(page, witness);
    }
    await run.expectUndisturbed(page, witness, undisturbed);
  });
});
