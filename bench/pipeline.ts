import { readdir } from 'node:fs/promises';
import { chromium } from 'playwright';
import { createServer } from 'vite';
import { findChromium, headlessFlags } from '../test/chromium';

/** Of the demo shards so many, so that the whole takes two minutes. */
const SHARDS = 4;
const tfjs = ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-wasm', '@tensorflow/tfjs-backend-webgpu', '@tensorflow/tfjs-backend-cpu'];

/**
 * Shards to crops in headless Chromium, as a run reads them, against a bare loop of `createImageBitmap`; and whether
 * training from kept features ever waits for its next batch.
 */
export default async function pipeline(): Promise<Record<string, unknown>> {
  const shards = (await readdir('public/shards/demo').catch(() => [])).filter((name) => name.endsWith('.tar')).sort().slice(0, SHARDS);
  if (shards.length === 0) throw new Error('There are no demo shards. Run npm run shards first.');
  const server = await createServer({
    logLevel: 'error',
    cacheDir: 'node_modules/.vite/bench-pipeline',
    optimizeDeps: { entries: ['bench/pipeline.html', 'src/faces/decode-worker.ts'], include: [...tfjs, '@tensorflow/tfjs-core/dist/register_all_gradients'] },
    server: { host: '127.0.0.1', port: 0, hmr: false },
  });
  try {
    await server.listen();
    const browser = await chromium.launch({ executablePath: findChromium(), args: headlessFlags });
    try {
      const page = await browser.newPage();
      let fault: Error | null = null;
      page.on('pageerror', (error) => (fault = error));
      await page.goto(new URL('bench/pipeline.html', server.resolvedUrls!.local[0]).href);
      await page.waitForFunction(() => 'measurePipeline' in window, null, { timeout: 60_000 });
      const figures = await page.evaluate((names) => window.measurePipeline(names), shards);
      if (fault) throw fault as Error;
      return { ...figures, browser: `Chromium ${browser.version()}` };
    } finally {
      await browser.close();
    }
  } finally {
    await server.close();
  }
}
