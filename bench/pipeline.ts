import { readdir } from 'node:fs/promises';
import { inChromium, tfjs } from './in-chromium';

/** Of the demo shards so many, so that the whole takes two minutes. */
const SHARDS = 4;

/**
 * Shards to crops in headless Chromium, as a run reads them, against a bare loop of
 * `createImageBitmap`; and whether training from kept features ever waits for its next batch.
 */
export default async function pipeline(): Promise<Record<string, unknown>> {
  const shards = (await readdir('public/shards/demo').catch(() => []))
    .filter((name) => name.endsWith('.tar'))
    .sort()
    .slice(0, SHARDS);
  if (shards.length === 0) throw new Error('There are no demo shards. Run npm run shards first.');
  return inChromium(
    {
      name: 'pipeline',
      global: 'measurePipeline',
      entries: ['src/faces/decode/decode-worker.ts'],
      include: tfjs,
    },
    (page) => page.evaluate((names) => window.measurePipeline(names), shards),
  );
}
