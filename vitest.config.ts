import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import viteConfig, { isolationHeaders } from './vite.config';
import { findChromium, headlessFlags, softwareWebGpuFlags } from './test/chromium';

export default defineConfig({
  test: {
    // Vitest leaves one core idle, which on two cores is half of the machine.
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'unit',
          environment: 'node',
          include: ['src/**/*.test.ts', 'scripts/**/*.test.ts', 'test/integration/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        plugins: viteConfig.plugins,
        test: {
          name: 'components',
          include: ['src/ui/**/*.test.tsx'],
          setupFiles: ['test/components.ts'],
          testTimeout: 60_000,
          fileParallelism: false,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: {
                get executablePath() {
                  return findChromium();
                },
                args: headlessFlags,
              },
            }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
      {
        plugins: viteConfig.plugins,
        server: { headers: isolationHeaders },
        optimizeDeps: {
          include: [
            '@tensorflow/tfjs-core',
            '@tensorflow/tfjs-backend-wasm',
            '@tensorflow/tfjs-backend-webgpu',
            '@tensorflow/tfjs-backend-cpu',
          ],
        },
        test: {
          name: 'gpu',
          include: ['test/gpu/**/*.test.ts'],
          testTimeout: 120_000,
          fileParallelism: false,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            // Resolved only when this project runs, so that unit tests need no browser.
            provider: playwright({
              launchOptions: {
                get executablePath() {
                  return findChromium();
                },
                args: [...headlessFlags, ...softwareWebGpuFlags],
              },
            }),
            // Loaded only where it is asked for, with the decoder that it takes.
            commands: {
              decodedInNode: async () => (await import('./test/odd-pictures')).decodedInNode(),
            },
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
});
