import type { BrowserContext, Page } from '@playwright/test';

/** Prepended to the worker: a message of the page breaks the device that the worker made last. */
const INJECTED = `{
  let lastDevice = null;
  const requestDevice = GPUAdapter.prototype.requestDevice;
  GPUAdapter.prototype.requestDevice = async function (...args) {
    lastDevice = await requestDevice.apply(this, args);
    return lastDevice;
  };
  const outOfMemory = () =>
    new GPUUncapturedErrorEvent('uncapturederror', {
      error: new GPUOutOfMemoryError('No memory for 1,234,567 bytes.'),
    });
  new BroadcastChannel('gpu-faults').onmessage = ({ data }) => {
    if (data === 'lose') lastDevice.destroy();
    else lastDevice.dispatchEvent(outOfMemory());
  };
}`;

/** Prepares a context's workers for {@link breakGpu}. */
export async function allowGpuFaults(context: BrowserContext): Promise<void> {
  await context.route('**/assets/studio.worker-*.js', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: INJECTED + (await response.text()) });
  });
}

/** Destroys the device in use, or makes it report that its memory is full. */
export const breakGpu = (page: Page, how: 'lose' | 'fill'): Promise<void> =>
  page.evaluate((word) => new BroadcastChannel('gpu-faults').postMessage(word), how);
