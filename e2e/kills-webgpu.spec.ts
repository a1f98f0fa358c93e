import { expect, test } from '@playwright/test';
import { seededRandom } from '../src/core/seeded-random';
import { breakGpu, allowGpuFaults } from './gpu-faults';
import {
  clickStartOrResume,
  dismissAll,
  KilledRun,
  KILLS,
  runForRandomTime,
  stateOf,
} from './killed-run';
import { RunRecorder } from './run-recorder';

/** The device is lost at most this many milliseconds after the run's start. */
const MAX_LIFE_MS = 5000;
/** Few pictures: one pass of the backbone takes most of a minute in software. */
const run = new KilledRun(
  'webgpu',
  { trainedPeople: 5, heldOutPeople: 1, pictures: 4 },
  40 + 45 * KILLS,
  10,
);

test.describe.serial('a run whose device is lost at random times', () => {
  test.setTimeout(1_800_000);
  const undisturbed = new RunRecorder();

  test('finishes if the device is not lost', async ({ page, context }) => {
    await run.prepare(context, undisturbed);
    await run.startOrResume(page, undisturbed);
    await expect(stateOf(page)).toHaveText('finished', { timeout: 900_000 });
    await expect.poll(() => undisturbed.losses.size).toBe(run.steps);
  });

  test('resumes by itself on a fresh device, with the same losses', async ({ page, context }) => {
    const recorder = new RunRecorder();
    await run.prepare(context, recorder);
    await allowGpuFaults(context);
    await run.startOrResume(page, recorder);
    const random = seededRandom(1, 64);
    for (let kill = 0; kill < KILLS; kill++) {
      // The first loss is during the pass through the backbone, the others between steps.
      await runForRandomTime(page, random, MAX_LIFE_MS, kill === 0 ? /preparing/ : /running/);
      recorder.begin();
      await breakGpu(page, 'lose');
      const recovered = page
        .getByRole('status')
        .filter({ hasText: 'goes on by itself on a fresh device' });
      const ended = page.getByRole('alert').filter({ hasText: 'The GPU was lost' });
      // A software GPU first finishes its queue: 24 pictures through the backbone.
      await expect(recovered.or(ended)).toBeVisible({ timeout: 240_000 });
      const wasEnded = await ended.isVisible();
      await dismissAll(page);
      if (wasEnded) await clickStartOrResume(page, recorder);
    }
    await run.expectUndisturbed(page, recorder, undisturbed);
  });
});
