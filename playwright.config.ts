import { defineConfig } from '@playwright/test';
import { findChromium, headlessFlags, softwareWebGpuFlags } from './test/chromium';

const executablePath = findChromium();
const onWebGpu = '**/*webgpu.spec.ts';

export default defineConfig({
  testDir: 'e2e',
  timeout: 300_000,
  // A slow machine is no fault: what never comes fails all the same.
  expect: { timeout: 30_000 },
  workers: 1,
  // Where nobody can look at once, a test that passes the second time is reported as flaky.
  retries: Number(process.env.E2E_RETRIES ?? 0),
  reporter: 'list',
  use: { baseURL: 'http://127.0.0.1:4179' },
  projects: [
    {
      name: 'wasm',
      testIgnore: onWebGpu,
      use: { launchOptions: { executablePath, args: headlessFlags } },
    },
    {
      name: 'webgpu',
      testMatch: onWebGpu,
      use: { launchOptions: { executablePath, args: [...headlessFlags, ...softwareWebGpuFlags] } },
    },
  ],
  webServer: {
    command: 'npx vite preview --host 127.0.0.1 --port 4179 --strictPort',
    url: 'http://127.0.0.1:4179',
    reuseExistingServer: false,
  },
});
