import { chromium } from 'playwright';
import { createServer } from 'vite';
import { findChromium, headlessFlags, softwareWebGpuFlags } from '../test/chromium';

const tfjs = ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-wasm', '@tensorflow/tfjs-backend-webgpu', '@tensorflow/tfjs-backend-cpu'];

/**
 * One optimiser step of the compact head on WebGPU in headless Chromium: dispatches, bytes sent up, memory, time. In
 * software, unless `BENCH_ADAPTER=hardware` asks for the machine's own adapter.
 */
export default async function step(): Promise<Record<string, unknown>> {
  const hardware = process.env.BENCH_ADAPTER === 'hardware';
  const flags = hardware ? softwareWebGpuFlags.filter((flag) => !flag.includes('swiftshader')) : softwareWebGpuFlags;
  const server = await createServer({
    logLevel: 'error',
    // Its own cache, so that a development server that runs beside it keeps its own; dependencies found late would reload the page.
    cacheDir: 'node_modules/.vite/bench',
    optimizeDeps: { entries: ['bench/step.html'], include: [...tfjs, '@tensorflow/tfjs-core/dist/register_all_gradients'] },
    server: { host: '127.0.0.1', port: 0, hmr: false },
  });
  try {
    await server.listen();
    const browser = await chromium.launch({ executablePath: findChromium(), args: [...headlessFlags, ...flags] });
    try {
      const page = await browser.newPage();
      let fault: Error | null = null;
      page.on('pageerror', (error) => (fault = error));
      await page.goto(new URL('bench/step.html', server.resolvedUrls!.local[0]).href);
      await page.waitForFunction(() => 'measureStep' in window, null, { timeout: 60_000 });
      const figures = await page.evaluate(() => window.measureStep());
      // A kernel that the GPU refused leaves figures behind that mean nothing.
      if (fault) throw fault as Error;
      return { ...figures, browser: `Chromium ${browser.version()}` };
    } finally {
      await browser.close();
    }
  } finally {
    await server.close();
  }
}
