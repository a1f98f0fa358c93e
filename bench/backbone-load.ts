import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { softwareWebGpuFlags } from '../test/chromium';
import { inChromium, tfjs } from './in-chromium';
import { writeRandomIr } from './random-ir';
import { watchMemory } from './watch-memory';

/** IR-100's. */
const UNITS = [3, 13, 30, 3];
/**
 * Of the embeddings of two backends, relative to the largest number: float32 sums in another order,
 * over a hundred layers.
 */
const TOLERANCE = 1e-4;

/**
 * IR-100 read from a safetensors file of 260 MB in headless Chromium, on webgpu (in software) and
 * on wasm: time, and the page's memory at most while it is read and runs one picture. The file is
 * made in the system's temporary folder and removed at the end.
 */
export default async function backboneLoad(): Promise<Record<string, unknown>> {
  const folder = await mkdtemp(join(tmpdir(), 'scf-backbone-load-'));
  try {
    const path = join(folder, 'ir-100.safetensors');
    writeRandomIr(path, UNITS);
    const wasm = await measure(path, 'wasm');
    const webgpu = await measure(path, 'webgpu');
    const isOk =
      webgpu.embedding.length === 512 && apart(webgpu.embedding, wasm.embedding) <= TOLERANCE;
    const backends = [webgpu, wasm].map(({ embedding, ...figures }) => ({
      ...figures,
      embeddingOk: isOk && embedding.every(Number.isFinite),
    }));
    return { fileBytes: (await stat(path)).size, heapBy: 'Runtime.getHeapUsage', backends };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function measure(path: string, backend: 'webgpu' | 'wasm') {
  const flags = [
    '--enable-precise-memory-info',
    ...(backend === 'webgpu' ? softwareWebGpuFlags : []),
  ];
  return inChromium(
    { name: 'backbone-load', global: 'backboneLoad', include: tfjs, flags },
    async (page) => {
      await page.setInputFiles('input', path);
      await page.evaluate((name) => window.backboneLoad.prepare(name), backend);
      const session = await page.context().newCDPSession(page);
      const loading = watchMemory(session);
      const loaded = await page.evaluate(() => window.backboneLoad.load());
      const peak = await loading();
      const running = watchMemory(session);
      const { embedding, seconds: pictureSeconds } = await page.evaluate(() =>
        window.backboneLoad.run(),
      );
      const runPeak = await running();
      return {
        backend,
        ...loaded,
        peakHeapBytes: Math.max(peak.bytes, runPeak.bytes),
        peakBufferBytes: peak.bufferBytes,
        peakHeapBytesOfPicture: runPeak.bytes,
        pictureSeconds,
        embedding,
      };
    },
  );
}

/** max |a − b| / max |b|; a NaN is infinitely far. */
function apart(a: readonly number[], b: readonly number[]): number {
  const difference = Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));
  return Number.isNaN(difference) ? Infinity : difference / Math.max(...b.map(Math.abs));
}
