import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium, expect, test, type Browser, type Page } from '@playwright/test';
import sharp from 'sharp';
import { findChromium, headlessFlags } from '../test/chromium';
import { demoPeople } from '../test/fixtures/demo-people';
import { placeAddress } from './places';

const FRAMES_A_SECOND = 30;

/** A camera frame: a person in front of a grey wall, shifted sideways and blurred. */
async function frame(crop: Uint8Array, shift: number, blur: number): Promise<Buffer> {
  const face = await sharp(crop).resize(240, 240).toBuffer();
  const picture = sharp({ create: { width: 640, height: 480, channels: 3, background: '#808080' } })
    .composite([{ input: face, left: 200 + shift, top: 110 }])
    .jpeg({ quality: 90 });
  return blur > 0
    ? sharp(await picture.toBuffer())
        .blur(blur)
        .jpeg({ quality: 90 })
        .toBuffer()
    : picture.toBuffer();
}

/** Motion JPEG: a person, the same one blurred, then another. Chromium plays it in a loop. */
async function cameraFile(folder: string): Promise<string> {
  const [[one], [other]] = (await demoPeople(0.1, 1)) as [[Uint8Array], [Uint8Array]];
  const scenes: [Uint8Array, number, number][] = [
    [one, 0, 20],
    [one, 9, 8],
    [other, 0, 12],
  ];
  const frames: Buffer[] = [];
  for (const [crop, blur, seconds] of scenes) {
    const few = await Promise.all([0, 4, 8, 4].map((shift) => frame(crop, shift, blur)));
    for (let i = 0; i < seconds * FRAMES_A_SECOND; i++) frames.push(few[i % few.length]!);
  }
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'camera.mjpeg');
  await writeFile(path, Buffer.concat(frames));
  return path;
}

/** A browser whose flags give it a camera that plays a file, or one that is refused. */
const launch = (args: readonly string[]): Promise<Browser> =>
  chromium.launch({
    executablePath: findChromium(),
    args: [...headlessFlags, '--use-fake-device-for-media-stream', ...args],
  });

async function open(browser: Browser, baseURL: string): Promise<Page> {
  const page = await (await browser.newContext({ baseURL })).newPage();
  await page.goto(placeAddress('Compare', 'preset=demo'));
  await expect(page.getByTestId('backend')).toHaveText('wasm', { timeout: 60_000 });
  await page.getByText('Camera', { exact: true }).click();
  return page;
}

/** "1,536" as a number; NaN for a dash. */
const numberIn = (text: string | null): number => Number(text!.replace(',', ''));

test('a person is enrolled and accepted, another is not, and the camera is turned off', async ({
  baseURL,
}, info) => {
  const file = await cameraFile(info.outputDir);
  const browser = await launch([
    '--use-fake-ui-for-media-stream',
    `--use-file-for-fake-video-capture=${file}`,
  ]);
  try {
    const page = await open(browser, baseURL!);
    const failures: string[] = [];
    page.on('pageerror', (error) => failures.push(error.message));
    const camera = page.getByTestId('camera');
    await camera.getByRole('button', { name: 'Turn on the camera' }).click();
    await expect(page.getByTestId('camera-verdict')).toHaveText(
      'A face is in sight; nobody is enrolled.',
      { timeout: 60_000 },
    );
    await camera.getByRole('button', { name: 'Enrol this person' }).click();
    await expect(page.getByTestId('camera-verdict')).toContainText(/Enrolling: \d of 8/);
    await expect(
      camera.getByRole('img', { name: 'Who is enrolled: the surest frame' }),
    ).toBeVisible({ timeout: 30_000 });
    await expect(page.getByTestId('camera-verdict')).toHaveText(
      'Accepted as the person enrolled.',
      { timeout: 30_000 },
    );
    await expect(page.getByTestId('camera-rate')).toHaveText(
      /^\d+\.\d frames a second read, \d+ ms each$/,
    );
    const kappa = page.getByTestId('camera-kappa');
    await expect(kappa).toHaveText(/^[\d,]+$/);
    const clear = numberIn(await kappa.textContent());
    // Then the picture blurs: κ falls.
    await expect
      .poll(async () => numberIn(await kappa.textContent()), { timeout: 60_000 })
      .toBeLessThan(0.6 * clear);
    // Then another person appears.
    await expect(page.getByTestId('camera-verdict')).toHaveText(
      'Not accepted as the person enrolled.',
      { timeout: 60_000 },
    );
    const tracks = await page.evaluate(
      () =>
        ((window as unknown as { held: MediaStreamTrack[] }).held = (
          document.querySelector('video')!.srcObject as MediaStream
        ).getTracks()),
    );
    expect(tracks).toHaveLength(1);
    await camera.getByRole('button', { name: 'Turn off' }).click();
    await expect(camera.getByRole('button', { name: 'Turn on the camera' })).toBeVisible();
    expect(
      await page.evaluate(() =>
        (window as unknown as { held: MediaStreamTrack[] }).held.map(
          ({ readyState }) => readyState,
        ),
      ),
    ).toEqual(['ended']);
    expect(failures).toEqual([]);
  } finally {
    await browser.close();
  }
});

test('a refused camera gives a message on how to allow it', async ({ baseURL }) => {
  const browser = await launch(['--deny-permission-prompts']);
  try {
    const page = await open(browser, baseURL!);
    await page.getByTestId('camera').getByRole('button', { name: 'Turn on the camera' }).click();
    await expect(page.getByTestId('camera').getByRole('alert')).toContainText(
      'The camera was refused. Allow it',
    );
  } finally {
    await browser.close();
  }
});
