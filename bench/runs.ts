import type { BrowserContext, Page } from 'playwright';
import { seededRandom } from '../src/core/seeded-random';
import { CURVES_FILE, encodeCurves } from '../src/runs/curves/curve-file';
import {
  encodeValidation,
  validationHeader,
  VALIDATIONS_FILE,
} from '../src/runs/curves/validation-file';
import { joinedBytes } from '../src/formats/bytes/joined-bytes';
import { MANIFEST_FILE, encodeManifest } from '../src/runs/manifest/manifest-file';
import { newManifest } from '../src/runs/manifest/new-manifest';
import type { RunManifest } from '../src/runs/run-manifest';
import { presets } from '../src/training/config/run-config';
import type { StepMetrics } from '../src/training/session/run-events';
import { onBuiltPage } from './built-page';
import { placeAddress, placeLink } from '../e2e/places';

const [RUNS, STEPS, EPOCHS, PICTURES] = [200, 10_000, 12, 1000];
const OVERLAID = 4;

/**
 * The place Runs with 200 kept runs of 10,000 steps: how soon the list is there after a click on
 * its tab, how soon four runs are drawn in one set of charts, and the longest task of the page's
 * main thread meanwhile.
 */
export default async function runs(): Promise<Record<string, unknown>> {
  return onBuiltPage([], async ({ address, context, visitAgain }) => {
    await fill(context, address);
    const page = await open(await visitAgain(), address);
    await watchTasks(page);
    const listMilliseconds = await timeToList(page);
    const overlayMilliseconds = await timeToOverlay(page);
    const longestTaskMilliseconds = await page.evaluate(() => Math.max(0, ...window.longTasks));
    return {
      runs: RUNS,
      steps: STEPS,
      listMilliseconds,
      overlayMilliseconds,
      longestTaskMilliseconds,
    };
  });
}

declare global {
  interface Window {
    /** Milliseconds of each task above 50. */
    longTasks: number[];
  }
}

/** Writes the runs into the browser's storage, from a page of the studio's origin without it. */
async function fill(context: BrowserContext, address: string): Promise<void> {
  const page = await context.newPage();
  await page.goto(new URL('favicon.svg', address).href);
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
  await page.evaluate(
    async ({ manifests, shared }) => {
      const root = await navigator.storage.getDirectory();
      const library = await root.getDirectoryHandle('library', { create: true });
      const kept = await library.getDirectoryHandle('runs', { create: true });
      for (const { id, manifest } of manifests) {
        const folder = await kept.getDirectoryHandle(id, { create: true });
        const files = { ...shared, [manifest.name]: manifest.text };
        for (const [name, text] of Object.entries(files)) {
          const file = await folder.getFileHandle(name, { create: true });
          const stream = await file.createWritable();
          await stream.write(await (await fetch(`data:;base64,${text}`)).blob());
          await stream.close();
        }
      }
    },
    {
      manifests: Array.from({ length: RUNS }, (_, i) => {
        const manifest = manifestOf(i);
        return {
          id: manifest.id,
          manifest: { name: MANIFEST_FILE, text: text(encodeManifest(manifest)) },
        };
      }),
      shared: {
        [CURVES_FILE]: text(encodeCurves(steps())),
        [VALIDATIONS_FILE]: text(validations()),
        'head.safetensors': text(new Uint8Array(500_000)),
        'run.safetensors': text(new Uint8Array(1_500_000)),
      },
    },
  );
}

function manifestOf(i: number): RunManifest {
  const config = { ...presets.demo, epochs: EPOCHS, seed: i };
  const backbone = { name: 'MobileFaceNet', hash: 'bench' };
  const begun = newManifest({ config, backbone, machine: 'wasm · 2 threads' }, 1.7e12 + i * 60_000);
  return {
    ...begun,
    state: 'finished',
    hasEnded: true,
    step: STEPS,
    epoch: EPOCHS,
    loss: -1200 + i / 10,
    spearman: 0.5 + i / 1000,
    files: { bytes: 3_500_000, hasHead: true },
  };
}

function steps(): StepMetrics[] {
  const random = seededRandom(1);
  return Array.from({ length: STEPS }, (_, i) => ({
    step: i + 1,
    epoch: 1 + Math.floor((i * EPOCHS) / STEPS),
    loss: -1200 + 400 / (1 + i / 300) + 20 * random.normal(),
    lossAlignment: -500,
    lossNormalizer: -700,
    lossLogKappa: -900,
    lossLogBessel: 200,
    lossConstant: 234,
    kappaMean: 600 + random.normal(),
    kappaLow: 500,
    kappaHigh: 700,
    cosThetaMean: 0.6,
    learningRate: 1e-3,
    imagesPerSecond: 4000,
    bytesAllocated: 2 ** 28,
  }));
}

function validations(): Uint8Array {
  const random = seededRandom(2);
  const array = () => Float32Array.from({ length: PICTURES }, () => random.next());
  const results = Array.from({ length: EPOCHS }, (_, epoch) =>
    encodeValidation({
      step: Math.round(((epoch + 1) * STEPS) / EPOCHS),
      epoch: epoch + 1,
      method: 'scf',
      objective: 'exact',
      loss: -1200,
      spearman: 0.6,
      spearmanInterval: [0.5, 0.7],
      spearmanClean: null,
      images: PICTURES,
      identities: 60,
      kappa: array(),
      cosTheta: array(),
      severity: array(),
    }),
  );
  return joinedBytes([validationHeader, ...results]);
}

async function open(context: BrowserContext, address: string): Promise<Page> {
  const page = await context.newPage();
  // High enough for list and charts: what is out of sight isn't drawn.
  await page.setViewportSize({ width: 1280, height: 2400 });
  await page.goto(new URL(placeAddress('Train'), address).href);
  await page.getByRole('button', { name: /^Start the/ }).waitFor({ timeout: 60_000 });
  // The studio compares its sample faces first.
  await page.waitForTimeout(5000);
  return page;
}

async function watchTasks(page: Page): Promise<void> {
  await page.evaluate(() => {
    window.longTasks = [];
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) window.longTasks.push(duration);
    }).observe({ type: 'longtask' });
  });
}

/** Milliseconds from a click on the tab to the frame that shows the runs. */
async function timeToList(page: Page): Promise<number> {
  const tab = placeLink(page, 'Runs');
  return tab.evaluate(async (element: HTMLElement) => {
    const started = performance.now();
    element.click();
    while (!document.querySelector('[data-testid="run-row"]'))
      await new Promise(requestAnimationFrame);
    return performance.now() - started;
  });
}

/**
 * Milliseconds from the first of the clicks to the frame that shows the curves of all. The run that
 * the list has chosen by itself is taken away before, so that all four are read.
 */
async function timeToOverlay(page: Page): Promise<number> {
  const overlay = page.getByTestId('overlay');
  await overlay.locator('canvas').first().waitFor();
  await page.getByRole('checkbox', { checked: true }).uncheck();
  await overlay.waitFor({ state: 'detached' });
  return page.evaluate(async (overlaid) => {
    const rows = [...document.querySelectorAll('[data-testid="run-row"]')].slice(1, overlaid + 1);
    const started = performance.now();
    for (const row of rows) row.querySelector<HTMLElement>('input[type="checkbox"]')!.click();
    for (;;) {
      const figures = [...document.querySelectorAll('[data-testid="figures"] tbody tr')];
      const isRead = figures.every((row) => row.children[1]!.textContent !== '–');
      const plots = document.querySelectorAll('[data-testid="overlay"] canvas');
      if (figures.length === overlaid && isRead && plots.length > 0)
        return performance.now() - started;
      if (performance.now() - started > 60_000) throw new Error('The runs were never drawn.');
      await new Promise(requestAnimationFrame);
    }
  }, OVERLAID);
}
