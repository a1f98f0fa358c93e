import { defineConfig } from '@playwright/test';
import { findChromium, headlessFlags } from './test/chromium';

export default defineConfig({
  testDir: 'e2e',
  timeout: 300_000,
  workers: 1,
  reporter: 'list',
  use: {
    baseURL: 'http://127.0.0.1:4179',
    launchOptions: { executablePath: findChromium(), args: headlessFlags },
  },
  webServer: { command: 'npx vite preview --host 127.0.0.1 --port 4179 --strictPort', url: 'http://127.0.0.1:4179', reuseExistingServer: false },
});
