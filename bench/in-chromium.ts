import { chromium, type Page } from 'playwright';
import { createServer } from 'vite';
import { findChromium, headlessFlags } from '../test/chromium';

/**
 * tfjs as a page of a benchmark imports it, to be bundled before it opens: a dependency found late
 * would reload the page.
 */
export const tfjs = [
  ...['core', 'backend-wasm', 'backend-webgpu', 'backend-cpu'].map(
    (name) => `@tensorflow/tfjs-${name}`,
  ),
  '@tensorflow/tfjs-core/dist/register_all_gradients',
];

/** A page of a benchmark. */
export interface BenchPage {
  /** Of `bench/NAME.html`. */
  readonly name: string;
  /** What the page puts on its window once it can be asked. */
  readonly global: string;
  /** Further modules whose dependencies are looked for beforehand: workers. */
  readonly entries?: readonly string[];
  readonly include?: readonly string[];
  readonly flags?: readonly string[];
}

/**
 * Serves a benchmark's page, opens it in headless Chromium and measures there.
 * @throws whatever the page or `measure` throws: figures of a page that failed mean nothing
 */
export async function inChromium<T extends Record<string, unknown>>(
  { name, global, entries = [], include = [], flags = [] }: BenchPage,
  measure: (page: Page) => Promise<T>,
): Promise<T & { browser: string }> {
  const server = await createServer({
    logLevel: 'error',
    // Its own cache, so that a development server that runs beside it keeps its own.
    cacheDir: `node_modules/.vite/bench-${name}`,
    optimizeDeps: { entries: [`bench/${name}.html`, ...entries], include: [...include] },
    server: { host: '127.0.0.1', port: 0, hmr: false },
  });
  try {
    await server.listen();
    const browser = await chromium.launch({
      executablePath: findChromium(),
      args: [...headlessFlags, ...flags],
    });
    try {
      const page = await browser.newPage();
      let fault: Error | null = null;
      page.on('pageerror', (error) => (fault = error));
      await page.goto(new URL(`bench/${name}.html`, server.resolvedUrls!.local[0]).href);
      await page.waitForFunction((wanted) => wanted in window, global, { timeout: 60_000 });
      const figures = await measure(page);
      if (fault) throw fault as Error;
      return { ...figures, browser: `Chromium ${browser.version()}` };
    } finally {
      await browser.close();
    }
  } finally {
    await server.close();
  }
}
