import type { Page } from 'playwright';
import { softwareWebGpuFlags } from '../test/chromium';
import { placeAddress } from '../e2e/places';
import { onBuiltPage } from './built-page';
import { listenToRuns } from './run-events';
import { tinyShard, type ShardSize } from '../e2e/tiny-shard';

const [EARLY, LATE] = [500, 10_000];
/**
 * `measureUserAgentSpecificMemory` then collects immediately instead of waiting for the browser to do so.
 */
const EAGER = '--enable-blink-features=ForceEagerMeasureMemory';

interface Reading {
  readonly step: number;
  readonly backendBytes: number;
  readonly heapBytes: number;
}

/**
 * What the studio's own page holds after 500 steps of a run and after 10,000: bytes of the backend,
 * and JavaScript's of page and workers.
 */
export default async function memory(): Promise<Record<string, unknown>> {
  const hardware = process.env.BENCH_ADAPTER === 'hardware';
  const only = process.env.BENCH_BACKEND;
  return {
    wasm:
      only === 'webgpu'
        ? null
        : await measure('wasm', { trainedPeople: 60, heldOutPeople: 6, pictures: 4 }, 16, []),
    // In software a picture takes a second or two to embed.
    webgpu:
      only === 'wasm'
        ? null
        : hardware
          ? await measure('webgpu', { trainedPeople: 60, heldOutPeople: 6, pictures: 4 }, 16, [])
          : await measure(
              'webgpu',
              { trainedPeople: 7, heldOutPeople: 1, pictures: 4 },
              1,
              softwareWebGpuFlags,
            ),
  };
}

async function measure(
  backend: string,
  size: ShardSize,
  batchSize: number,
  flags: readonly string[],
): Promise<Record<string, unknown>> {
  const body = await tinyShard(size);
  const stepsAnEpoch = Math.ceil((size.trainedPeople * size.pictures) / batchSize);
  return onBuiltPage([...flags, EAGER], async ({ address, context }) => {
    await context.route('**/tiny.tar', (route) =>
      route.fulfill({ status: 200, body, contentType: 'application/x-tar' }),
    );
    let latest = { step: 0, bytesAllocated: 0 };
    await listenToRuns(context, ({ event }) => {
      if (event.type === 'steps') latest = event.metrics.at(-1)!;
    });
    const page = await context.newPage();
    const epochs = Math.ceil((LATE + 200) / stepsAnEpoch) + 1;
    await page.goto(
      new URL(
        placeAddress(
          'Train',
          `preset=demo&shards=tiny.tar&batchSize=${batchSize}&epochs=${epochs}`,
          `?backend=${backend}`,
        ),
        address,
      ).href,
    );
    await page.getByRole('button', { name: /^Start the/ }).click({ timeout: 60_000 });
    const readAt = async (step: number): Promise<Reading> => {
      while (latest.step < step) await page.waitForTimeout(20);
      await page.getByRole('button', { name: 'Pause', exact: true }).click();
      await page.getByRole('button', { name: 'Continue', exact: true }).waitFor();
      // Charts that are still to be drawn.
      await page.waitForTimeout(2000);
      const reading = {
        step: latest.step,
        backendBytes: latest.bytesAllocated,
        heapBytes: await heapOf(page),
      };
      await page.getByRole('button', { name: 'Continue', exact: true }).click();
      return reading;
    };
    const early = await readAt(EARLY);
    const late = await readAt(LATE);
    return {
      batchSize,
      early,
      late,
      backendGrowth: late.backendBytes / early.backendBytes,
      heapGrowth: late.heapBytes / early.heapBytes,
    };
  });
}

/** JavaScript's bytes of the page and all of its workers, after a collection. */
function heapOf(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const measured = performance as unknown as {
      measureUserAgentSpecificMemory: () => Promise<{ bytes: number }>;
    };
    return (await measured.measureUserAgentSpecificMemory()).bytes;
  });
}
