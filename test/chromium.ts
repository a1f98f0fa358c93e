import { existsSync } from 'node:fs';

const usualPlaces = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
];

/**
 * The Chrome or Chromium that the GPU and e2e suites drive: `CHROME_PATH`, else the first of the
 * usual places.
 * @throws Error naming what to install where there is none.
 */
export function findChromium(): string {
  const named = process.env.CHROME_PATH;
  if (named) {
    if (existsSync(named)) return named;
    throw new Error(
      `CHROME_PATH names ${named}, and there is no file there. Point it at a Chrome or ` +
        'Chromium executable.',
    );
  }
  const found = usualPlaces.find((place) => existsSync(place));
  if (found) return found;
  throw new Error(
    'No Chrome or Chromium was found. Install one ("sudo apt install chromium" on Debian, ' +
      'or https://www.google.com/chrome) or set CHROME_PATH to its executable.',
  );
}

/** Flags for a headless browser that never calls home. */
export const headlessFlags = [
  '--headless=new',
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

/** Flags that give WebGPU in software, on a machine with no GPU. */
export const softwareWebGpuFlags = [
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
];
