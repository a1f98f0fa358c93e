import type { BrowserContext, Page } from '@playwright/test';

/**
 * Prepended to the worker: a word from the page does something to whatever device the worker made
 * last.
 */
const HURT_THE_GPU = `{
  let lastDevice = null;
  const requestDevice = GPUAdapter.prototype.requestDevice;
  GPUAdapter.prototype.requestDevice = async function (...args) { return (lastDevice = await requestDevice.apply(this, args)); };
  new BroadcastChannel('hurt-the-gpu').onmessage = ({ data }) => {
    if (data === 'lose') lastDevice.destroy();
    else lastDevice.dispatchEvent(new GPUUncapturedErrorEvent('uncapturederror', { error: new GPUOutOfMemoryError('No memory for 1,234,567 bytes.') }));
  };
}`;

/** Makes the devices of a context's workers vulnerable to {@link hurtGpu}. */
export async function makeGpuVulnerable(context: BrowserContext): Promise<void> {
  await context.route('**/assets/studio.worker-*.js', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: HURT_THE_GPU + (await response.text()) });
  });
}

/** Destroys the device in use, or has it say that its memory is full. */
export const hurtGpu = (page: Page, how: 'lose' | 'fill'): Promise<void> =>
  page.evaluate((word) => new BroadcastChannel('hurt-the-gpu').postMessage(word), how);
